#include "proxy/net/association_keeper.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "proxy/fold/association_store.hpp"
#include "proxy/fold/state_file.hpp"
#include "support/cpp/temporary_folder.hpp"

namespace pgfold::net {
namespace {

using namespace std::chrono_literals;

struct process {
    explicit process(const std::string& path, std::chrono::milliseconds interval = 1h)
        : keeper(path, table, templates, interval) {}

    void learn() {
        sql::statement_analyzer analyzer(templates);
        fold::key_feed feed;
        feed.columns.size = 1;
        (void)table->learn("shop", analyzer.analyze("SELECT id FROM o").statement,
                           analyzer.analyze("SELECT a FROM e WHERE o_id = 1").statement, feed,
                           {"id"});
    }

    std::shared_ptr<sql::template_table> templates = sql::make_template_table();
    std::shared_ptr<fold::association_table> table = std::make_shared<fold::association_table>();
    association_keeper keeper;
};

std::string content(const std::string& path) {
    return fold::read_file(path, 1 << 20).text;
}

TEST(AssociationKeeper, SavesAtTheEndAndLoadsAtTheBeginning) {
    const test::temporary_folder folder;
    const std::string path = folder.file("state.json");
    { process idle(path); }
    EXPECT_FALSE(std::filesystem::exists(path)) << "nothing was learned";
    {
        process first(path);
        first.learn();
    }
    process second(path);
    EXPECT_EQ(second.table->all().size(), 1u);
}

TEST(AssociationKeeper, SavesWhileItRuns) {
    const test::temporary_folder folder;
    const std::string path = folder.file("state.json");
    process one(path, 1ms);
    one.learn();
    while (!std::filesystem::exists(path))
        std::this_thread::yield();
    EXPECT_EQ(content(path), fold::associations_to_text(*one.table));
}

TEST(AssociationKeeper, WritesOverNothingThatIsNotItsOwn) {
    const test::temporary_folder folder;
    const std::string path = folder.file("precious.yaml");
    for (const char* text :
         {"batch: {mode: on}\n", "{\"format\":\"pgfold associations\",\"version\":2}"}) {
        std::ofstream(path) << text;
        {
            process one(path);
            one.learn();
        }
        EXPECT_EQ(content(path), text);
    }
}

TEST(AssociationKeeper, ADamagedFileOfItsOwnIsWrittenAnew) {
    const test::temporary_folder folder;
    const std::string path = folder.file("state.json");
    for (const char* text :
         {"", "{\"format\":\"pgfold associations\",\"version\":1,\"associations\":[\n{\"da"}) {
        std::ofstream(path) << text;
        {
            process one(path);
            EXPECT_TRUE(one.table->all().empty());
            one.learn();
        }
        process two(path);
        EXPECT_EQ(two.table->all().size(), 1u);
    }
}

TEST(AssociationKeeper, AFolderThatIsGoneStopsNobody) {
    process one("/nowhere/at/all/state.json", 1ms);
    one.learn();
}

TEST(AssociationKeeper, WithoutAPathItDoesNothing) {
    process one("");
    one.learn();
}

}  // namespace
}  // namespace pgfold::net
