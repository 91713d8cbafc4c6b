// Writes one batch and, alongside, the steps that its answers will take.
#pragma once

#include <cstddef>
#include <vector>

#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/batch/batch_messages.hpp"
#include "proxy/fold/batch/lookup_form.hpp"
#include "proxy/fold/batch_receiver.hpp"
#include "proxy/fold/child_rewrites.hpp"
#include "proxy/fold/kept_answers.hpp"

namespace pgfold::fold {

class batch_writer {
public:
    // `extended`: as the client asks.
    batch_writer(std::vector<std::byte>& out, std::vector<batch_step>& steps, bool extended)
        : out_(out), steps_(steps), extended_(extended) {}

    void open_savepoint();
    // Which isolation level the transaction has, and those that do not say; read by batch_receiver.
    void ask_isolation();
    // What rows of that prepared statement look like. Extended only; a simple query tells anyway.
    void describe(std::string_view statement_name);
    // False, and nothing written: that key cannot be asked for in this form.
    [[nodiscard]] bool lookup(const lookup_form& form, const key_tuple& key);
    void expect(kept_answer* answer);  // of the lookup written last
    void end_lookups();
    void close_savepoint();

    // The child as the server sees it: what a rewrite rests on.
    void describe_child(const lookup_form& form, std::string_view statement_name,
                        const child_rewrites& rewrites);
    // One statement for all keys. False, and nothing written: it cannot be asked in this form.
    [[nodiscard]] bool rewritten(const lookup_form& form, const batch_query& query,
                                 const key_arrays& keys, const child_rewrites& rewrites);
    // Behind what was asked in the extended protocol, whatever the client speaks.
    void end_rewritten();

private:
    void step(step_kind kind) { steps_.push_back({kind, nullptr}); }

    std::vector<std::byte>& out_;
    std::vector<batch_step>& steps_;
    bool extended_;
};

}  // namespace pgfold::fold
