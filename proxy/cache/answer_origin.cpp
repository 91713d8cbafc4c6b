#include "proxy/cache/answer_origin.hpp"

#include <algorithm>
#include <string>

namespace pgfold::cache {

origin_ptr origin_table::of(const sql::template_ptr& statement,
                            const freshness::read_set_ptr& tables,
                            std::span<const std::byte> row_description) {
    std::string text(reinterpret_cast<const char*>(row_description.data()), row_description.size());
    for (const std::uint64_t part :
         {statement->hash_low, statement->hash_high,
          std::uint64_t{reinterpret_cast<std::uintptr_t>(tables->database.get())},
          tables->catalog_generation, std::uint64_t{tables->part}})
        text.append(reinterpret_cast<const char*>(&part), sizeof part);
    const sql::hash128 key = hash_(text);

    const std::lock_guard lock(mutex_);
    auto& known = known_[key];
    if (auto found = known.lock()) return found;
    auto made = std::make_shared<answer_origin>();
    made->statement = statement;
    made->tables = tables;
    made->row_description.assign(row_description.begin(), row_description.end());
    known = made;
    if (known_.size() > sweep_size_) {
        std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
        sweep_size_ = std::max(sweep_at, 2 * known_.size());
    }
    return made;
}

}  // namespace pgfold::cache
