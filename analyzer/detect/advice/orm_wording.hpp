// Each ORM's own way out of a loop, as sentences with placeholders:
//
//     {child} {parent}      tables              {Child} {Parent}   their classes
//     {one} {One} {oneC}    the association that the parent's foreign key makes, as snake_case,
//                           ClassCase and camelCase; {many} {Many} {manyC} its other end
//     {accessor}            what Django calls the other end: "employee_set", or the field's own
//     name {key} {keyC}          the child's compared column; {feed} the parent's column
#pragma once

#include <string_view>

#include "analyzer/detect/advice/orm_style.hpp"

namespace pgfold::detect::advice {

struct orm_wording {
    orm which;
    std::string_view to_one;
    std::string_view to_many;
    std::string_view aggregate;
    std::string_view latest;   // empty: the general one
    std::string_view by_keys;  // keys from the application: no parent query
    std::string_view insert;
    std::string_view update;
    std::string_view remove;
};

// The entry of `which`; for orm::unknown, the words for plain SQL.
[[nodiscard]] const orm_wording& wording_of(orm which);

}  // namespace pgfold::detect::advice
