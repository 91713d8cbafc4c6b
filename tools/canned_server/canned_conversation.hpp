// One client of a server that answers without looking: whatever is asked, the answer is the same
// one row of one integer. No database and no cache can be faster, so it is the ceiling for both.
//
//     canned_conversation talk;
//     used = talk.answer(bytes, replies);   // replies to what is complete in `bytes`
//     talk.is_over()                        // the client has said goodbye, or nonsense
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace pgfold::canned {

class canned_conversation {
public:
    // Appends to `replies` and returns how many of the bytes have been dealt with.
    std::size_t answer(std::span<const char> bytes, std::string& replies);

    [[nodiscard]] bool is_over() const { return over_; }

private:
    void answer_startup(std::span<const char> body, std::string& replies);
    void answer_message(char type, std::span<const char> body, std::string& replies);

    bool started_ = false;
    bool over_ = false;
};

}  // namespace pgfold::canned
