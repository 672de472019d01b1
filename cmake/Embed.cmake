# bonafide_embed(OUT ROOM NAMESPACE FILES...): a .cpp that holds files of the source tree as text: std::string_view NAMESPACE::find(path),
# declared in ROOM/embedded.hpp. Text files only (LF line ends); paths are relative to the source tree.
function(bonafide_embed out room namespace)
  set(rows "")
  foreach(path ${ARGN})
    file(READ ${CMAKE_SOURCE_DIR}/${path} text)
    string(APPEND rows "    {\"${path}\", R\"~~~~(${text})~~~~\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${path})
  endforeach()
  set(content "// Made by cmake/Embed.cmake.
#include \"${room}/embedded.hpp\"

#include <utility>

#pragma GCC diagnostic ignored \"-Woverlength-strings\" // a table is longer than compilers must take

namespace ${namespace} {

std::string_view find(std::string_view path) {
    static constexpr std::pair<std::string_view, std::string_view> files[] = {
${rows}    };
    for (const auto& [name, text] : files)
        if (name == path) return text;
    return {};
}

} // namespace ${namespace}
")
  file(WRITE ${out}.new "${content}")
  file(COPY_FILE ${out}.new ${out} ONLY_IF_DIFFERENT)
endfunction()

# bonafide_embed_catalogues(OUT FILES...): a .cpp that holds gettext catalogues, compiled: text/embedded.hpp. The language is the file's name.
function(bonafide_embed_catalogues out)
  set(arrays "")
  set(rows "")
  foreach(path ${ARGN})
    get_filename_component(language ${path} NAME_WE)
    set(compiled ${out}.${language}.mo)
    execute_process(COMMAND ${MSGFMT} --check-format --check-header -o ${compiled} ${path} RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "${path} does not compile")
    endif()
    file(READ ${compiled} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
    string(REGEX REPLACE "(................................................................................)" "\\1\"\n    \"" bytes "${bytes}")
    string(APPEND rows "    {\"${language}\", {${language}, sizeof(${language}) - 1}},\n")
    string(APPEND arrays "constexpr char ${language}[] =\n    \"${bytes}\";\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  endforeach()
  set(content "// Made by cmake/Embed.cmake.
#include \"text/embedded.hpp\"

#include <array>

#pragma GCC diagnostic ignored \"-Woverlength-strings\" // a catalogue is longer than compilers must take

#pragma GCC diagnostic ignored \"-Woverlength-strings\" // a catalogue is longer than compilers must take

namespace bonafide::text::embedded {
namespace {

${arrays}
constexpr Catalogue table[] = {
${rows}};

} // namespace

std::span<const Catalogue> catalogues() { return table; }

} // namespace bonafide::text::embedded
")
  file(WRITE ${out}.new "${content}")
  file(COPY_FILE ${out}.new ${out} ONLY_IF_DIFFERENT)
endfunction()
