# `cpack -G DEB` in a build folder makes a package that installs a service: see deploy/debian.

# Only the program is needed, not what else a build makes.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(deploy "${PROJECT_SOURCE_DIR}/deploy")
install(TARGETS pgfold RUNTIME DESTINATION /usr/bin)
install(FILES "${deploy}/debian/pgfold.yaml" DESTINATION /etc/pgfold)
install(FILES "${deploy}/debian/default" DESTINATION /etc/default RENAME pgfold
  PERMISSIONS OWNER_READ OWNER_WRITE)
install(FILES "${deploy}/systemd/pgfold.service" "${deploy}/systemd/pgfold.socket"
  DESTINATION /lib/systemd/system)
install(FILES "${deploy}/debian/logrotate" DESTINATION /etc/logrotate.d RENAME pgfold)
install(FILES README.md DESTINATION /usr/share/doc/pgfold)
install(FILES LICENSE DESTINATION /usr/share/doc/pgfold RENAME copyright)
install(FILES config/pgfold.schema.json DESTINATION /usr/share/pgfold)
install(DIRECTORY config/examples DESTINATION /usr/share/doc/pgfold FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY "${deploy}/docs" DESTINATION /usr/share/doc/pgfold FILES_MATCHING PATTERN "*.md")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pgfold)
set(CPACK_PACKAGE_CONTACT "pgfold maintainers <pgfold@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "PostgreSQL proxy that finds and folds N+1 queries")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "pgfold stands between an application and PostgreSQL, finds loops of lookups,
 proves which query feeds which, and fetches ahead what a loop will ask for next.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "systemd")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${deploy}/debian/conffiles" "${deploy}/debian/postinst" "${deploy}/debian/prerm"
  "${deploy}/debian/postrm")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
