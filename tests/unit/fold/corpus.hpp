// Every text that drivers and ORMs were seen to send.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace pgfold::test {

inline std::vector<std::string> corpus() {
    std::vector<std::string> texts;
    const auto folder = std::filesystem::path(PGFOLD_SOURCE_DIR) / "tests/corpus/sql";
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() != ".sql") continue;
        std::ifstream in(file.path(), std::ios::binary);
        std::string text;
        for (std::string line; std::getline(in, line);) {
            if (line != "----") {
                text += (text.empty() ? "" : "\n") + line;
                continue;
            }
            texts.push_back(std::move(text));
            text.clear();
        }
        if (!text.empty()) texts.push_back(std::move(text));
    }
    return texts;
}

}  // namespace pgfold::test
