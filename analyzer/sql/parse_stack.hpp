// Runs functions on a stack of 32 MiB. libpg_query recurses as deep as the text is nested, which is
// the client's choice; the caller's stack may be a coroutine's or a thread's of 8 MiB.
//
// Flow: parse_stack stack; stack.run([&] { … });   run() returns when the function has.
// The thread behind it is started by the first run(). One caller at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace pgfold::sql {

class parse_stack {
public:
    static constexpr std::size_t stack_bytes = std::size_t{32} << 20;

    parse_stack();
    ~parse_stack();
    parse_stack(const parse_stack&) = delete;
    parse_stack& operator=(const parse_stack&) = delete;

    // False: there is no thread to run it on (out of memory), and it did not run. What `work`
    // throws comes out here.
    template <class Work>
    [[nodiscard]] bool run(Work&& work) {
        return run_erased(
            [](void* erased) { (*static_cast<std::remove_reference_t<Work>*>(erased))(); },
            const_cast<void*>(static_cast<const void*>(std::addressof(work))));
    }

private:
    [[nodiscard]] bool run_erased(void (*call)(void*), void* argument);

    struct worker;
    std::unique_ptr<worker> worker_;
};

}  // namespace pgfold::sql
