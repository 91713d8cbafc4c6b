# pgfold_embed_files(TARGET FILES...)
#
# Puts files into the executable as they are: an assembler's .incbin each, and a table of them that
# proxy/admin/dashboard_files.hpp declares. Nothing is read at run time.
enable_language(ASM)

function(pgfold_embed_files target)
  set(directory "${CMAKE_CURRENT_BINARY_DIR}/embedded")
  set(assembly ".section .rodata\n")
  set(declarations "")
  set(entries "")
  set(index 0)
  foreach(file IN LISTS ARGN)
    get_filename_component(name "${file}" NAME)
    string(APPEND assembly
      ".global pgfold_file_${index}\n.global pgfold_file_${index}_end\n"
      "pgfold_file_${index}:\n.incbin \"${file}\"\npgfold_file_${index}_end:\n")
    string(APPEND declarations
      "extern const char pgfold_file_${index}[], pgfold_file_${index}_end[];\n")
    string(APPEND entries
      "        {\"${name}\", {pgfold_file_${index}, pgfold_file_${index}_end}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",%progbits\n")
  set(PGFOLD_FILE_DECLARATIONS "${declarations}")
  set(PGFOLD_FILE_ENTRIES "${entries}")
  file(CONFIGURE OUTPUT "${directory}/files.S" CONTENT "${assembly}" @ONLY)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/embedded_files.cpp.in" "${directory}/files.cpp" @ONLY)
  set_source_files_properties("${directory}/files.S" PROPERTIES OBJECT_DEPENDS "${ARGN}")
  target_sources(${target} PRIVATE "${directory}/files.S" "${directory}/files.cpp")
endfunction()
