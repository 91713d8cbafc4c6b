#include "proxy/admin/metrics/family_builder.hpp"
#include "proxy/admin/metrics/metric_families.hpp"

namespace pgfold::admin {

void add_finding_metrics(const admin_context& context, metric_families& families) {
    using detect::finding_class;
    const detect::detector_hub::totals totals =
        context.finding_totals ? context.finding_totals() : detect::detector_hub::totals{};
    family_builder findings =
        counter_family("findings_total", "Loops found, by class. See /api/v1/findings.");
    for (const finding_class kind : {finding_class::n_plus_one, finding_class::suspected,
                                     finding_class::duplicate, finding_class::write_loop}) {
        findings.add("class", detect::to_string(kind),
                     static_cast<double>(totals.findings[static_cast<std::size_t>(kind)]));
    }
    families.push_back(findings.take());
    families.push_back(
        counter_family("n_plus_one_lookups_total",
                       "Lookups in loops whose keys were proven to come from an earlier result.")
            .add(static_cast<double>(totals.n_plus_one_lookups))
            .take());
}

void add_statement_metrics(const std::vector<statement_series::series>& series,
                           metric_families& families) {
    family_builder calls = counter_family(
        "statement_calls_total",
        "Calls by statement: those that took most time, and `other`. See /api/v1/statements.");
    family_builder seconds =
        counter_family("statement_seconds_total", "Time by statement, as statement_calls_total.");
    for (const statement_series::series& entry : series) {
        calls.add("fingerprint", entry.fingerprint, static_cast<double>(entry.calls));
        seconds.add("fingerprint", entry.fingerprint, static_cast<double>(entry.total_ns) / 1e9);
    }
    families.push_back(calls.take());
    families.push_back(seconds.take());
}

}  // namespace pgfold::admin
