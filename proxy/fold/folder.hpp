// Folding on one session: decides for each lookup whether the server is asked, what is fetched
// ahead with it, and which answers are kept.
//
// Flow, driven by the session:
//
//     on_statement(…)            every statement, before anything else: what it makes untrue goes
//     consider(lookup)           answer it from what is kept, wait for a batch under way, or
//     forward plan(lookup, out)          forwarded: bytes of a batch to send behind it, if one pays
//     write_answer(lookup, out)  answered: its bytes; then look_ahead(out) for the next batch
//     on_batch_message(frame)    what the server says to the oldest batch
//
// A batch is an appendix: the client's own messages always go to the server as they came, and the
// batch follows them under a ReadyForQuery of its own. So it can neither delay nor fail the
// client's statement, and a failed batch leaves nothing to mend: what it did not bring is asked for
// as ever.
//
// With batch.mode: observe the same happens on paper: batches are composed and thrown away, lookups
// that one would have answered are counted and go to the server. Nothing at all is sent for it, not
// even for the catalog. Without that, writes of other sessions are not seen; neither is the age of
// answers, since these loops run at the server's pace. So what it promises is a little too much.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "analyzer/detect/result_window.hpp"
#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/association_table.hpp"
#include "proxy/fold/batch_origins.hpp"
#include "proxy/fold/batch_planner.hpp"
#include "proxy/fold/batches_under_way.hpp"
#include "proxy/fold/fold_settings.hpp"
#include "proxy/fold/isolation_tracker.hpp"
#include "proxy/fold/kept_answers.hpp"
#include "proxy/fold/kept_loops.hpp"
#include "proxy/fold/pool_member.hpp"
#include "proxy/freshness/database_versions.hpp"
#include "proxy/freshness/known_effects.hpp"
#include "proxy/protocol/frame_reader.hpp"
#include "proxy/telemetry/counters.hpp"

namespace pgfold::fold {

enum class decision : std::uint8_t { forward, answer, wait };

class folder {
public:
    // `results` are those that loops may run over; kept by the detector. `effects` are the
    // thread's, as are `counters`; `who` may change its application_name. All of them must outlive
    // this.
    folder(std::shared_ptr<const fold_settings> settings,
           std::shared_ptr<association_table> associations, const detect::result_window& results,
           std::shared_ptr<freshness::database_versions> versions,
           freshness::known_effects& effects, telemetry::thread_counters& counters,
           const detect::session_identity& who, const detect::sibling_results* siblings = nullptr);
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;

    // `statement` is null where it was not analysed.
    void on_statement(const sql::statement_template* statement,
                      const freshness::tracked_effects& effects);
    // A statement that was forwarded has been answered, after that time at the server and on the
    // way.
    void on_answer(std::chrono::nanoseconds took);
    // ReadyForQuery of the client's own requests.
    void on_ready(char status, detect::timestamp now);
    void on_tick(detect::timestamp now);
    void drop_everything();

    [[nodiscard]] decision consider(const asked_lookup& asked, detect::timestamp now);
    // Only right after consider() said `answer`. False: it cannot be written, forward it.
    [[nodiscard]] bool write_answer(const asked_lookup& asked, const answer_shape& shape,
                                    std::vector<std::byte>& out);
    // The answer that was written last: for those who watch the session.
    struct written_answer {
        const kept_answer* answer = nullptr;
        std::span<const std::byte> row_description;
    };
    [[nodiscard]] const written_answer& last_written() const { return written_; }

    // True: `out` has got a batch, which must be sent at once.
    [[nodiscard]] bool plan(const asked_lookup& asked, char status, detect::timestamp now,
                            std::vector<std::byte>& out) {
        return planner_.plan(asked, status, now, out);
    }
    // `at_server`: it has loop_statement().
    [[nodiscard]] bool look_ahead(char status, detect::timestamp now, bool at_server,
                                  std::vector<std::byte>& out) {
        return planner_.look_ahead(found_in_, status, now, at_server, out);
    }
    // asked_lookup::prepared of the loop that was answered last, as batches refer to it.
    [[nodiscard]] std::shared_ptr<const void> loop_statement() const {
        return found_in_ ? found_in_->prepared : nullptr;
    }

    // Nothing can be kept as long as nobody knows what the tables hang together by.
    [[nodiscard]] bool wants_catalog() const { return planner_.wants_catalog(); }
    void note_catalog_asked() { planner_.want_catalog(false); }
    void note_catalog_outdated() { planner_.want_catalog(true); }
    // Whether DDL from beside pgfold would do harm.
    [[nodiscard]] bool relies_on_catalog() const { return !observes() && origins_.any_so_far(); }

    // A loop over this statement is under way, its next lookup likely to be answered here, and
    // nothing of what it rests on has changed: asked_lookup::prepared of what it is asked with.
    [[nodiscard]] std::shared_ptr<const void> expected(const sql::statement_template* statement,
                                                       detect::timestamp now) const;

    // The sessions that it folds with.
    [[nodiscard]] pool_member& pool() { return pool_; }

    [[nodiscard]] bool has_batches() const { return !batches_.empty(); }
    // When the batch was sent that a message has just shown to be canceled. Told once.
    [[nodiscard]] std::optional<detect::timestamp> take_cancellation() {
        return batches_.take_cancellation();
    }
    [[nodiscard]] detect::timestamp oldest_batch_sent() const { return batches_.oldest_sent(); }
    // Returns true when the oldest batch is complete and gone. `cancel_requested`: by the client,
    // since it was sent.
    [[nodiscard]] bool on_batch_message(const protocol::frame& f, detect::timestamp now,
                                        bool cancel_requested = false) {
        return batches_.on_message(f, now, cancel_requested);
    }

private:
    [[nodiscard]] bool observes() const { return settings_->mode == fold_mode::observe; }
    [[nodiscard]] decision consider_shared(const asked_lookup& asked, group_ptr group,
                                           detect::timestamp now);
    [[nodiscard]] bool take(const asked_lookup& asked, const pool_member::candidate& as,
                            group_ptr group, const key_tuple& key,
                            const shared_answers::found& found);
    static void observe_use(answer_group& group, kept_answer& answer);
    void drop_outdated(const group_ptr& group, const kept_answer& answer, detect::timestamp now);

    std::shared_ptr<const fold_settings> settings_;
    std::shared_ptr<freshness::database_versions> versions_;
    telemetry::thread_counters& counters_;
    const detect::session_identity& who_;

    pool_member pool_;
    isolation_tracker isolation_;
    batch_origins origins_;
    batches_under_way batches_;
    kept_loops loops_;
    batch_planner planner_;
    written_answer written_;
    kept_answer* found_ = nullptr;  // by consider()
    group_ptr found_in_;
    bool waited_ = false;  // for a batch: the lookup that is considered now
    char status_ = 'I';
    bool settings_changed_ = false;  // maybe, since no transaction was open
};

}  // namespace pgfold::fold
