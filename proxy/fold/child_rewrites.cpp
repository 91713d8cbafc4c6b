#include "proxy/fold/child_rewrites.hpp"

#include <algorithm>
#include <utility>

#include "analyzer/catalog/uniqueness.hpp"

namespace pgfold::fold {
namespace {

constexpr std::uint64_t described_in_vain_max = 16;

std::vector<child_key> keys_at(std::span<const std::uint16_t> key_arguments) {
    std::vector<child_key> keys;
    for (const auto argument : key_arguments)
        keys.push_back({.parameter = static_cast<std::uint16_t>(argument + 1)});
    return keys;
}

// A rewrite takes many times as long as anything else about a lookup.
child_rewrites build(const asked_lookup& asked, child_rewrites found, std::vector<child_key> keys,
                     const catalog::catalog& catalog) {
    found.is_built = true;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::size_t number = found.child.key_parameters[i];
        if (number == 0 || number > found.parameter_types.size()) {
            found.any.refusal = found.lateral.refusal = "the server described other parameters";
            return found;
        }
        keys[i].type_oid = found.parameter_types[number - 1];
        keys[i].deterministic_collation = !catalog.has_nondeterministic_collations();
    }
    const batched_child child{.text = asked.text,
                              .statement = *asked.statement,
                              .literals = asked.literals,
                              .settings = asked.text_settings,
                              .keys = keys,
                              .row_description = found.columns};
    found.any = rewrite_any(child);
    found.lateral = rewrite_lateral(child);
    const auto bound = std::span(found.parameter_types)
                           .first(std::min<std::size_t>(found.parameter_types.size(),
                                                        asked.statement->bound_parameters));
    found.keeps_order = catalog::at_most_one_row(catalog, *asked.statement, bound) ||
                        catalog::order_is_total(catalog, *asked.statement, bound);
    return found;
}

}  // namespace

bool rewrite_book::same_text(const child_rewrites& a, const child_rewrites& b) {
    return a.child.text == b.child.text && a.declared_types == b.declared_types &&
           a.standard_strings == b.standard_strings;
}

child_rewrites_ptr rewrite_book::find(const asked_lookup& asked,
                                      std::span<const std::uint16_t> key_arguments,
                                      const catalog::catalog& catalog) {
    auto keys = keys_at(key_arguments);
    auto child = describable_text({.text = asked.text,
                                   .statement = *asked.statement,
                                   .literals = asked.literals,
                                   .settings = asked.text_settings,
                                   .keys = keys,
                                   .row_description = {}});
    if (!child) return nullptr;
    child_rewrites wanted;
    wanted.child = std::move(*child);
    wanted.declared_types.assign(asked.parameter_types.begin(), asked.parameter_types.end());
    wanted.standard_strings = asked.text_settings.standard_conforming_strings;
    child_rewrites_ptr found;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& entry : texts_)
            if (same_text(*entry, wanted)) found = entry;
        if (found)
            ++found_;
        else if (described_ > described_in_vain_max && found_ < described_)
            return nullptr;
    }
    if (!found) return std::make_shared<const child_rewrites>(std::move(wanted));
    if (found->is_built) return found;
    found = std::make_shared<const child_rewrites>(build(asked, *found, std::move(keys), catalog));
    put(found);
    return found;
}

void rewrite_book::learn(const child_rewrites& described,
                         std::vector<std::uint32_t> parameter_types,
                         std::vector<std::byte> columns) {
    child_rewrites entry;
    entry.child = described.child;
    entry.declared_types = described.declared_types;
    entry.standard_strings = described.standard_strings;
    entry.parameter_types = std::move(parameter_types);
    entry.columns = std::move(columns);
    {
        const std::lock_guard lock(mutex_);
        ++described_;
    }
    put(std::make_shared<const child_rewrites>(std::move(entry)));
}

void rewrite_book::give_up(const child_rewrites& undescribed, std::string why) {
    child_rewrites entry = undescribed;
    entry.is_built = true;
    entry.any.refusal = why;
    entry.lateral.refusal = std::move(why);
    put(std::make_shared<const child_rewrites>(std::move(entry)));
}

void rewrite_book::forget(const child_rewrites& outdated) {
    const std::lock_guard lock(mutex_);
    std::erase_if(texts_, [&](const auto& entry) { return same_text(*entry, outdated); });
}

child_rewrites_ptr rewrite_book::latest() const {
    const std::lock_guard lock(mutex_);
    return texts_.empty() ? nullptr : texts_.back();
}

void rewrite_book::put(child_rewrites_ptr entry) {
    const std::lock_guard lock(mutex_);
    std::erase_if(texts_, [&](const auto& known) { return same_text(*known, *entry); });
    if (texts_.size() >= texts_max) texts_.erase(texts_.begin());
    texts_.push_back(std::move(entry));
}

}  // namespace pgfold::fold
