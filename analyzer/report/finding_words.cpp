#include "analyzer/report/finding_words.hpp"

namespace pgfold::report {

std::string_view title_of(detect::finding_class c) {
    switch (c) {
        case detect::finding_class::n_plus_one:
            return "N+1";
        case detect::finding_class::suspected:
            return "Suspected N+1";
        case detect::finding_class::duplicate:
            return "Duplicate";
        case detect::finding_class::write_loop:
            return "Write loop";
    }
    return "";
}

std::string_view noun_of(detect::finding_class c) {
    switch (c) {
        case detect::finding_class::duplicate:
            return "repeat";
        case detect::finding_class::write_loop:
            return "write";
        default:
            return "lookup";
    }
}

}  // namespace pgfold::report
