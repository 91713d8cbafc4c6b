// What bounds a connection's memory and what misbehaving sessions may do to it.
#include <gtest/gtest.h>

#include <random>

#include "unit/detect/conversation.hpp"

namespace pgfold::detect::testing {
namespace {

TEST(connection, endless_different_statements_are_no_trouble) {
    collected all;
    conversation c(all);
    for (int i = 0; i < 3000; ++i)
        c.query(select("t" + std::to_string(i), {"id"}), {i}, ids(7, "id", {i, i + 1}));
    c.end();
    EXPECT_TRUE(all.of(finding_class::n_plus_one).empty());
}

TEST(connection, findings_are_bounded) {
    detector_settings settings;
    settings.findings_max = 10;
    collected all(settings);
    conversation c(all);
    for (int t = 0; t < 50; ++t) {
        c.begin();
        for (int i = 0; i < 12; ++i)
            c.query(select("t" + std::to_string(t), {"id"}), {i * 7});
        c.commit();
    }
    c.end();
    EXPECT_LE(all.hub.findings().size(), 10U);
}

TEST(connection, settings_change_for_windows_that_open_later) {
    collected all;
    conversation c(all);
    const auto lookups = [&] {
        c.query(select("organization"), {}, ids(5, "id", sequence(1, 8)));
        for (int id = 1; id <= 8; ++id)
            c.query(select("employee", {"organization_id"}), {id});
        c.wait(2s);
        c.tick();
    };
    detector_settings settings;
    settings.min_lookups = 20;
    all.hub.update_settings(settings);
    c.begin();
    c.commit();
    lookups();
    EXPECT_TRUE(all.of(finding_class::n_plus_one).empty());
    settings.min_lookups = 5;
    all.hub.update_settings(settings);
    c.begin();
    c.commit();
    lookups();
    EXPECT_EQ(all.of(finding_class::n_plus_one).size(), 1U);
}

// Events in an order that no session should produce, with bytes that no server should send.
TEST(connection, survives_nonsense) {
    for (std::uint32_t seed = 1; seed <= 50; ++seed) {
        std::mt19937 random(seed);
        collected all;
        auto observer = all.hub.connect();
        timestamp now{std::chrono::hours(1)};
        if (seed % 5 != 0) observer->on_session_start({seed, "d", "u", "", ""}, now);
        const std::vector<sql::template_ptr> statements = {
            select("a"),
            select("b", {"x"}),
            select("c", {"x", "y"}),
            write(sql::statement_kind::insert, "a", {}, 2),
            statement_of(sql::statement_kind::begin),
            statement_of(sql::statement_kind::commit),
            statement_of(sql::statement_kind::fetch)};
        execution_id newest = 0;
        for (int i = 0; i < 2000; ++i) {
            now += std::chrono::microseconds(random() % 3000);
            const execution_id id = newest == 0 ? 0 : newest - random() % 3;
            std::string bytes(random() % 40, '\0');
            for (char& c : bytes)
                c = static_cast<char>(random() % 4 == 0 ? random() % 256 : random() % 2);
            const auto raw = std::as_bytes(std::span(bytes.data(), bytes.size()));
            switch (random() % 9) {
                case 0:
                case 1:
                case 2: {
                    std::vector<argument> arguments(random() % 4);
                    for (auto& a : arguments)
                        a = {bytes, static_cast<std::uint32_t>(random() % 30),
                             static_cast<argument_format>(random() % 3), random() % 5 == 0};
                    observer->on_execution_start({++newest,
                                                  statements[random() % statements.size()],
                                                  arguments, bytes, bytes, now, false, false});
                    break;
                }
                case 3:
                    (void)observer->on_row_shape(id, {raw, {}});
                    break;
                case 4:
                case 5:
                    (void)observer->on_data_row(id, raw, random() % 10 == 0);
                    break;
                case 6:
                    observer->on_execution_end({id,
                                                now,
                                                now,
                                                random() % 5,
                                                0,
                                                {},
                                                {},
                                                random() % 6 == 0,
                                                random() % 6 == 0});
                    break;
                case 7:
                    observer->on_ready("ITE"[random() % 3], id, id, now);
                    break;
                default:
                    if (random() % 40 == 0) observer->on_session_reset(now);
                    observer->on_application_name(random() % 20 == 0 ? "x" : "y");
                    observer->on_tick(now);
            }
        }
        observer->on_session_end(now);
    }
}

}  // namespace
}  // namespace pgfold::detect::testing
