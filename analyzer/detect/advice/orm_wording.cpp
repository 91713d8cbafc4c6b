#include "analyzer/detect/advice/orm_wording.hpp"

#include <algorithm>
#include <array>

namespace pgfold::detect::advice {
namespace {

constexpr std::string_view raw_latest =
    "Ask once for all {parent} rows, with DISTINCT ON ({key}), or CROSS JOIN LATERAL for the first "
    "few of each, as raw SQL.";

constexpr std::array<orm_wording, 19> wordings = {{
    {.which = orm::unknown,
     .to_one = "Join {child} in the query on {parent}, or collect {feed} from its rows and fetch "
               "them at once with WHERE {key} = ANY($1).",
     .to_many = "Collect {feed} from the rows of {parent} and fetch all of {child} at once with "
                "WHERE {key} = ANY($1), then group by {key}.",
     .aggregate =
         "Aggregate once for all rows of {parent}: WHERE {key} = ANY($1) GROUP BY {key}, or "
         "a LEFT JOIN with GROUP BY in the query on {parent}.",
     .latest = "Ask once for all rows of {parent}: SELECT DISTINCT ON ({key}) … WHERE {key} = "
               "ANY($1), or CROSS JOIN LATERAL for the first few of each.",
     .by_keys = "Collect the keys and fetch {child} at once with WHERE {key} = ANY($1).",
     .insert = "Insert many rows per statement: several rows after VALUES, INSERT … SELECT FROM "
               "unnest($1, $2), COPY, or the driver's batch (executemany with fast execution, "
               "addBatch, a pipeline).",
     .update = "Update all rows at once: UPDATE {child} SET … FROM (VALUES …) or FROM unnest(…), "
               "joined on {key}.",
     .remove = "Delete all rows at once: DELETE FROM {child} WHERE {key} = ANY($1)."},
    {.which = orm::django,
     .to_one =
         "{Parent}.objects.select_related(\"{one}\") joins {child} into the query on {parent}; "
         "prefetch_related(\"{one}\") fetches all of it with one query more.",
     .to_many = "{Parent}.objects.prefetch_related(\"{accessor}\") (or the related_name of "
                "{Child}'s field) fetches all of {child} with one query more.",
     .aggregate =
         "{Parent}.objects.annotate(Count(\"{child}\")) (or Sum, Max, …) computes it in the "
         "query on {parent}, instead of .count() per object.",
     .latest =
         "{Child}.objects.filter({key}__in=…).order_by(\"{key}\", …).distinct(\"{key}\") "
         "fetches them at once; or annotate {Parent} with a Subquery(… OuterRef(\"pk\") …[:1]).",
     .by_keys = "{Child}.objects.in_bulk(ids), or filter({key}__in=ids), fetches them at once.",
     .insert = "{Child}.objects.bulk_create([...]) instead of create() or save() in a loop.",
     .update =
         "{Child}.objects.bulk_update(objects, fields), or filter(…).update(…) where the value "
         "is the same, instead of save() in a loop.",
     .remove = "{Child}.objects.filter({key}__in=ids).delete() instead of delete() in a loop."},
    {.which = orm::rails,
     .to_one = "{Parent}.includes(:{one}) fetches all of {child} with one query more "
               "(eager_load joins it). strict_loading finds such places.",
     .to_many =
         "{Parent}.includes(:{many}) (or preload) fetches all of {child} with one query more. "
         "strict_loading finds such places.",
     .aggregate = "{Child}.where({key}: ids).group(:{key}).count computes it for all at once; a "
                  "counter_cache on belongs_to :{one} avoids it. .size on a preloaded association "
                  "asks nothing, .count always does.",
     .latest = "{Child}.select(\"DISTINCT ON ({key}) *\").where({key}: ids).order(:{key}, …) "
               "fetches them at once.",
     .by_keys = "{Child}.where({key}: ids).index_by(&:{key}) fetches them at once.",
     .insert = "{Child}.insert_all([...]) (Rails 6 or later) instead of create in a loop.",
     .update = "{Child}.upsert_all([...]), or where(…).update_all(…) where the value is the same, "
               "instead of update in a loop.",
     .remove = "{Child}.where({key}: ids).delete_all instead of destroy in a loop."},
    {.which = orm::sqlalchemy,
     .to_one = "select({Parent}).options(joinedload({Parent}.{one})) joins {child} into the query; "
               "selectinload({Parent}.{one}) fetches all of it with one query more. "
               "lazy=\"raise\" finds such places.",
     .to_many =
         "select({Parent}).options(selectinload({Parent}.{many})) fetches all of {child} with "
         "one query more. lazy=\"raise\" finds such places.",
     .aggregate = "select({Child}.{key}, func.count()).where({Child}.{key}.in_(ids))"
                  ".group_by({Child}.{key}) computes it for all at once; or a column_property.",
     .latest = "select({Child}).distinct({Child}.{key}).where({Child}.{key}.in_(ids))"
               ".order_by({Child}.{key}, …) fetches them at once.",
     .by_keys = "select({Child}).where({Child}.{key}.in_(ids)) fetches them at once.",
     .insert = "session.execute(insert({Child}), [...]) or session.add_all([...]) with one flush, "
               "instead of a flush per object.",
     .update = "session.execute(update({Child}), [{...}, …]) (bulk update by primary key), or "
               "update({Child}).where({Child}.{key}.in_(ids)) where the value is the same.",
     .remove = "session.execute(delete({Child}).where({Child}.{key}.in_(ids)))."},
    {.which = orm::peewee,
     .to_one = "{Parent}.select({Parent}, {Child}).join({Child}) fetches both in one query.",
     .to_many =
         "prefetch({Parent}.select(), {Child}.select()) fetches all of {child} with one query "
         "more.",
     .aggregate = "{Parent}.select({Parent}, fn.COUNT({Child}.id)).join({Child}, "
                  "JOIN.LEFT_OUTER).group_by({Parent}) computes it in one query.",
     .latest = raw_latest,
     .by_keys = "{Child}.select().where({Child}.{key}.in_(ids)) fetches them at once.",
     .insert = "{Child}.insert_many([...]).execute() instead of create() in a loop.",
     .update = "{Child}.bulk_update(objects, fields) instead of save() in a loop.",
     .remove = "{Child}.delete().where({Child}.{key}.in_(ids)).execute()."},
    {.which = orm::hibernate,
     .to_one = "JOIN FETCH the association {oneC} in the query on {Parent}, or name it in an "
               "@EntityGraph(attributePaths = \"{oneC}\"); @BatchSize(size = 100) on {Child} loads "
               "many at a time.",
     .to_many = "LEFT JOIN FETCH the collection {manyC} in the query on {Parent}, or name it in an "
                "@EntityGraph; @BatchSize(size = 100) or @Fetch(FetchMode.SUBSELECT) on the "
                "collection fetches many at a time.",
     .aggregate =
         "One query for all: SELECT c.{oneC}.id, count(c) FROM {Child} c WHERE c.{oneC} IN "
         ":parents GROUP BY c.{oneC}.id.",
     .latest =
         "A native query with DISTINCT ON ({key}) or CROSS JOIN LATERAL fetches them at once.",
     .by_keys =
         "repository.findAllById(ids), or session.byMultipleIds({Child}.class), fetches them "
         "at once; hibernate.default_batch_fetch_size = 100 does so for proxies.",
     .insert = "hibernate.jdbc.batch_size = 50 with hibernate.order_inserts = true (and ids not by "
               "IDENTITY), and reWriteBatchedInserts=true in the JDBC URL.",
     .update = "hibernate.jdbc.batch_size = 50 with hibernate.order_updates = true, or one JPQL "
               "UPDATE … WHERE … IN :ids where the value is the same.",
     .remove = "One JPQL DELETE FROM {Child} c WHERE c.{keyC} IN :ids, or "
               "repository.deleteAllInBatch."},
    {.which = orm::jooq,
     .to_one = "Join {child} in the query on {parent}, or fetch it with where({KEY}.in(ids)).",
     .to_many = "multiset(select(…).from({child}).where(…)) nests all of {child} in the query on "
                "{parent}.",
     .aggregate =
         "select({key}, count()).from({child}).where({key}.in(ids)).groupBy({key}) computes "
         "it for all at once.",
     .latest = "select(…).distinctOn({key}), or a lateral() join, fetches them at once.",
     .by_keys = "where({key}.in(ids)), then fetchMap({key}), fetches them at once.",
     .insert =
         "ctx.batchInsert(records), or insertInto(…).valuesOfRows(…), instead of one insert per "
         "record.",
     .update = "ctx.batchUpdate(records), or update(…).from(values(…)).",
     .remove = "deleteFrom({child}).where({key}.in(ids))."},
    {.which = orm::sequelize,
     .to_one = "{Parent}.findAll({ include: {Child} }) joins {child} into the query.",
     .to_many = "{Parent}.findAll({ include: {Child} }) joins {child} into the query; with "
                "separate: true it is fetched with one query more.",
     .aggregate =
         "{Child}.count({ where: { {key}: ids }, group: [\"{key}\"] }) computes it for all at "
         "once.",
     .latest = raw_latest,
     .by_keys = "{Child}.findAll({ where: { {key}: ids } }) fetches them at once (in GraphQL "
                "resolvers: a DataLoader).",
     .insert = "{Child}.bulkCreate([...]) instead of create() in a loop.",
     .update =
         "{Child}.bulkCreate([...], { updateOnDuplicate: [...] }), or {Child}.update(…, { where: "
         "{ {key}: ids } }) where the value is the same.",
     .remove = "{Child}.destroy({ where: { {key}: ids } })."},
    {.which = orm::typeorm,
     .to_one =
         "find({ relations: { {oneC}: true } }) or leftJoinAndSelect on {Parent} joins {child} "
         "into the query, instead of a lazy relation.",
     .to_many =
         "find({ relations: { {manyC}: true } }) or leftJoinAndSelect on {Parent} joins {child} "
         "into the query, instead of a lazy relation.",
     .aggregate = "createQueryBuilder on {Child} with .select(\"{key}\").addSelect(\"COUNT(*)\")"
                  ".groupBy(\"{key}\"), or loadRelationCountAndMap, computes it for all at once.",
     .latest = "createQueryBuilder on {Child} with .distinctOn([\"{key}\"]) fetches them at once.",
     .by_keys =
         "find({ where: { {keyC}: In(ids) } }) fetches them at once (in GraphQL resolvers: a "
         "DataLoader).",
     .insert = "repository.insert([...]) with all rows instead of save() in a loop.",
     .update =
         "repository.save([...], { chunk: 500 }) or upsert([...]); update({ {keyC}: In(ids) }, …) "
         "where the value is the same.",
     .remove = "repository.delete({ {keyC}: In(ids) })."},
    {.which = orm::prisma,
     .to_one =
         "findMany({ include: { {oneC}: true } }) on {Parent} fetches all of {child} with one "
         "query more (relationLoadStrategy: \"join\" joins it).",
     .to_many =
         "findMany({ include: { {manyC}: true } }) on {Parent} fetches all of {child} with one "
         "query more (relationLoadStrategy: \"join\" joins it).",
     .aggregate =
         "findMany({ include: { _count: { select: { {manyC}: true } } } }) on {Parent}, or "
         "groupBy({ by: [\"{key}\"], _count: true }), computes it for all at once.",
     .latest =
         "findMany({ include: { {manyC}: { orderBy: …, take: 1 } } }) on {Parent} fetches them "
         "at once.",
     .by_keys =
         "findMany({ where: { {keyC}: { in: ids } } }) fetches them at once; findUnique calls in "
         "one tick are batched by themselves.",
     .insert = "createMany({ data: [...] }) instead of create() in a loop.",
     .update = "updateMany({ where: { {keyC}: { in: ids } }, data }) where the value is the same; "
               "otherwise raw SQL with FROM (VALUES …).",
     .remove = "deleteMany({ where: { {keyC}: { in: ids } } })."},
    {.which = orm::drizzle,
     .to_one = "db.query.{parent}.findMany({ with: { {oneC}: true } }) fetches {child} in the same "
               "query; or leftJoin.",
     .to_many =
         "db.query.{parent}.findMany({ with: { {manyC}: true } }) fetches {child} in the same "
         "query.",
     .aggregate =
         "db.select({ key: {child}.{keyC}, n: count() }).from({child})"
         ".where(inArray({child}.{keyC}, ids)).groupBy({child}.{keyC}) computes it for all.",
     .latest =
         "db.selectDistinctOn([{child}.{keyC}]).from({child}).orderBy({child}.{keyC}, …) fetches "
         "them at once.",
     .by_keys = "where(inArray({child}.{keyC}, ids)) fetches them at once (in GraphQL resolvers: a "
                "DataLoader).",
     .insert = "db.insert({child}).values([...]) with all rows instead of one insert per row.",
     .update =
         "One UPDATE with sql`… FROM (VALUES …)`, or where(inArray({child}.{keyC}, ids)) where "
         "the value is the same.",
     .remove = "db.delete({child}).where(inArray({child}.{keyC}, ids))."},
    {.which = orm::knex,
     .to_one = "Join {child} in the query on {parent}, or fetch it with whereIn(\"{key}\", ids) "
               "(Kysely: where(\"{key}\", \"in\", ids); in "
               "GraphQL resolvers: a DataLoader).",
     .to_many = "whereIn(\"{key}\", ids) (Kysely: where(\"{key}\", \"in\", ids)) fetches all of "
                "{child} at once; group its rows by {key} (in "
                "GraphQL resolvers: a DataLoader).",
     .aggregate =
         "select(\"{key}\").count().whereIn(\"{key}\", ids).groupBy(\"{key}\") computes it "
         "for all at once.",
     .latest =
         "distinctOn(\"{key}\").whereIn(\"{key}\", ids).orderBy(\"{key}\", …) fetches them at "
         "once.",
     .by_keys =
         "whereIn(\"{key}\", ids) fetches them at once (in GraphQL resolvers: a DataLoader).",
     .insert = "insert([...]) with all rows, or batchInsert(\"{child}\", rows, 1000).",
     .update = "One UPDATE with raw FROM (VALUES …), insert(…).onConflict(…).merge(), or "
               "whereIn(\"{key}\", ids).update(…) where the value is the same.",
     .remove = "whereIn(\"{key}\", ids).del()."},
    {.which = orm::objection,
     .to_one =
         "{Parent}.query().withGraphFetched(\"{oneC}\") fetches all of {child} with one query "
         "more; withGraphJoined joins it.",
     .to_many =
         "{Parent}.query().withGraphFetched(\"{manyC}\") fetches all of {child} with one query "
         "more, instead of $relatedQuery per row.",
     .aggregate =
         "{Child}.query().select(\"{key}\").count().whereIn(\"{key}\", ids).groupBy(\"{key}\") "
         "computes it for all at once.",
     .latest =
         "{Child}.query().distinctOn(\"{key}\").whereIn(\"{key}\", ids).orderBy(\"{key}\", …) "
         "fetches them at once.",
     .by_keys = "{Child}.query().findByIds(ids), or whereIn(\"{key}\", ids), fetches them at once.",
     .insert =
         "{Child}.query().insert([...]) with all rows (PostgreSQL takes them in one statement).",
     .update =
         "{Child}.query().whereIn(\"{key}\", ids).patch(…) where the value is the same; otherwise "
         "raw SQL with FROM (VALUES …).",
     .remove = "{Child}.query().whereIn(\"{key}\", ids).delete()."},
    {.which = orm::mikroorm,
     .to_one =
         "em.find({Parent}, …, { populate: [\"{oneC}\"] }) fetches all of {child} with one query "
         "more (strategy: \"joined\" joins it).",
     .to_many =
         "em.find({Parent}, …, { populate: [\"{manyC}\"] }), or em.populate(rows, [\"{manyC}\"]), "
         "fetches all of {child} with one query more.",
     .aggregate =
         "qb.select([\"{keyC}\", sql`count(*)`]).groupBy(\"{keyC}\") computes it for all at "
         "once; or a lazy @Formula property.",
     .latest = raw_latest,
     .by_keys = "em.find({Child}, { {keyC}: { $in: ids } }) fetches them at once; "
                "dataloader: true does so for references.",
     .insert = "em.insertMany({Child}, [...]), or em.persist() for all and one em.flush().",
     .update =
         "Change all entities, then one em.flush() (batched updates); em.nativeUpdate where the "
         "value is the same.",
     .remove = "em.nativeDelete({Child}, { {keyC}: { $in: ids } })."},
    {.which = orm::doctrine,
     .to_one =
         "SELECT p, c FROM {Parent} p JOIN p.{oneC} c (join() with addSelect()) fetches {child} in "
         "the same query; fetch=\"EAGER\" with setFetchMode batches it.",
     .to_many = "SELECT p, c FROM {Parent} p LEFT JOIN p.{manyC} c (leftJoin() with addSelect()) "
                "fetches {child} in the same query.",
     .aggregate =
         "SELECT IDENTITY(c.{oneC}), COUNT(c) FROM {Child} c WHERE c.{oneC} IN (:ids) GROUP BY "
         "c.{oneC} computes it for all at once.",
     .latest = "A native query with DISTINCT ON ({key}) fetches them at once.",
     .by_keys = "findBy([\"{keyC}\" => $ids]) fetches them at once.",
     .insert =
         "persist() for all and one flush() per some hundred rows; or a multi-row INSERT through "
         "DBAL.",
     .update =
         "One DQL UPDATE … WHERE c.{keyC} IN (:ids) where the value is the same; otherwise one "
         "UPDATE … FROM (VALUES …) through DBAL.",
     .remove = "One DQL DELETE {Child} c WHERE c.{keyC} IN (:ids)."},
    {.which = orm::eloquent,
     .to_one = "{Parent}::with('{oneC}') fetches all of {child} with one query more. "
               "Model::preventLazyLoading() finds such places.",
     .to_many = "{Parent}::with('{manyC}') fetches all of {child} with one query more. "
                "Model::preventLazyLoading() finds such places.",
     .aggregate =
         "{Parent}::withCount('{manyC}') (or withSum, withMax) computes it in the query on "
         "{parent}.",
     .latest =
         "A hasOne relation with ->latestOfMany(), loaded by {Parent}::with(…), fetches them at "
         "once.",
     .by_keys = "{Child}::whereIn('{key}', $ids)->get()->keyBy('{key}') fetches them at once.",
     .insert = "{Child}::insert([...]) with all rows instead of create() in a loop.",
     .update =
         "{Child}::upsert([...], ['{key}']), or whereIn('{key}', $ids)->update(…) where the value "
         "is the same.",
     .remove = "{Child}::whereIn('{key}', $ids)->delete()."},
    {.which = orm::gorm,
     .to_one = "db.Preload(\"{One}\").Find(&rows) fetches all of {child} with one query more; "
               "Joins(\"{One}\") joins it.",
     .to_many = "db.Preload(\"{Many}\").Find(&rows) fetches all of {child} with one query more.",
     .aggregate = "db.Model(&{Child}{}).Select(\"{key}, count(*)\").Where(\"{key} IN ?\", ids)"
                  ".Group(\"{key}\") computes it for all at once.",
     .latest =
         "db.Select(\"DISTINCT ON ({key}) *\").Where(\"{key} IN ?\", ids).Order(\"{key}, …\") "
         "fetches them at once.",
     .by_keys = "db.Where(\"{key} IN ?\", ids).Find(&rows) fetches them at once.",
     .insert = "db.CreateInBatches(rows, 500) instead of Create in a loop.",
     .update =
         "db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&rows), or Where(\"{key} IN ?\", "
         "ids).Updates(…) where the value is the same.",
     .remove = "db.Where(\"{key} IN ?\", ids).Delete(&{Child}{})."},
    {.which = orm::ecto,
     .to_one =
         "Repo.preload(rows, :{one}), or preload: [:{one}] in the query, fetches all of {child} "
         "with one query more.",
     .to_many =
         "Repo.preload(rows, :{many}), or preload: [:{many}] in the query, fetches all of {child} "
         "with one query more.",
     .aggregate = "from c in {Child}, where: c.{key} in ^ids, group_by: c.{key}, select: {c.{key}, "
                  "count()} computes it for all at once.",
     .latest =
         "from c in {Child}, distinct: c.{key}, where: c.{key} in ^ids, order_by: … fetches them "
         "at once.",
     .by_keys = "from c in {Child}, where: c.{key} in ^ids fetches them at once (in Absinthe: "
                "Dataloader).",
     .insert = "Repo.insert_all({Child}, rows) instead of Repo.insert in a loop.",
     .update = "Repo.insert_all with on_conflict, or Repo.update_all where the value is the same.",
     .remove = "Repo.delete_all(from c in {Child}, where: c.{key} in ^ids)."},
    {.which = orm::efcore,
     .to_one =
         ".Include(x => x.{One}) on the query for {Parent} joins {child} into it, instead of lazy "
         "loading.",
     .to_many = ".Include(x => x.{Many}) on the query for {Parent} joins {child} into it "
                "(AsSplitQuery fetches it with one query more).",
     .aggregate =
         ".Select(x => new { x, Count = x.{Many}.Count() }) on the query for {Parent} computes "
         "it in one query.",
     .latest =
         ".Select(x => new { x, Latest = x.{Many}.OrderBy(…).FirstOrDefault() }) on the query for "
         "{Parent} fetches them at once.",
     .by_keys = ".Where(x => ids.Contains(x.{Key})) fetches them at once.",
     .insert = "AddRange(rows) and one SaveChanges() instead of one per row.",
     .update = "One SaveChanges() for all changes, or ExecuteUpdate where the value is the same.",
     .remove = ".Where(x => ids.Contains(x.{Key})).ExecuteDelete()."},
}};

}  // namespace

const orm_wording& wording_of(orm which) {
    const auto found = std::find_if(wordings.begin(), wordings.end(),
                                    [&](const orm_wording& w) { return w.which == which; });
    return found != wordings.end() ? *found : wordings.front();
}

}  // namespace pgfold::detect::advice
