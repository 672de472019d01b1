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
