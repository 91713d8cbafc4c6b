#include "analyzer/detect/suggestion.hpp"

#include "analyzer/detect/advice/advice_text.hpp"
#include "analyzer/detect/advice/batched_query.hpp"
#include "analyzer/detect/advice/lookup_shape.hpp"
#include "analyzer/detect/advice/orm_style.hpp"

namespace pgfold::detect {

suggestion suggest(const finding& f) {
    suggestion result;
    if (f.statement == nullptr) return result;
    const advice::lookup_shape shape = advice::describe(f);
    const advice::orm orm = advice::recognize_orm(f);
    result.orm = advice::to_string(orm);
    result.text = advice::advise(f, shape, orm);
    if (f.kind != finding_class::duplicate) {
        result.batched_query = advice::build_batched_query(*f.statement, shape);
    }
    return result;
}

}  // namespace pgfold::detect
