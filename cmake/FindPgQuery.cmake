# libpg_query ships neither pkg-config nor CMake files. Defines PgQuery::PgQuery.
find_path(PGQUERY_INCLUDE_DIR pg_query.h)
find_library(PGQUERY_LIBRARY NAMES pg_query)
find_path(PROTOBUF_C_INCLUDE_DIR protobuf-c/protobuf-c.h)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PgQuery REQUIRED_VARS PGQUERY_LIBRARY PGQUERY_INCLUDE_DIR PROTOBUF_C_INCLUDE_DIR)
if(PgQuery_FOUND AND NOT TARGET PgQuery::PgQuery)
  add_library(PgQuery::PgQuery UNKNOWN IMPORTED)
  set_target_properties(PgQuery::PgQuery PROPERTIES
    IMPORTED_LOCATION "${PGQUERY_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${PGQUERY_INCLUDE_DIR};${PROTOBUF_C_INCLUDE_DIR}")
endif()
