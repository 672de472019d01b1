#include "dns/name.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace bonafide::dns {

std::string normalize(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return ascii::lower(name);
}

bool is_valid(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > 253) return false;
    std::size_t label = 0;
    for (const char c : name) {
        if (c != '.') {
            if (++label > 63) return false;
        } else {
            if (label == 0) return false;
            label = 0;
        }
    }
    return label > 0;
}

bool is_hostname_like(std::string_view name) {
    if (!is_valid(name)) return false;
    if (name.ends_with('.')) name.remove_suffix(1);
    char before = '.';
    for (const char c : name) {
        if (c == '-' && before == '.') return false;
        if (c == '.' && before == '-') return false;
        if (c != '.' && c != '-' && c != '_' && !ascii::is_alnum(c)) return false;
        before = c;
    }
    return before != '-';
}

std::size_t label_count(std::string_view name) {
    return name.empty() ? 0 : static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) + 1;
}

std::string_view last_labels(std::string_view name, std::size_t count) {
    if (count == 0) return name.substr(name.size());
    std::size_t begin = name.size();
    for (;;) {
        const auto dot = begin == 0 ? std::string_view::npos : name.rfind('.', begin - 1);
        if (dot == std::string_view::npos) return name;
        if (--count == 0) return name.substr(dot + 1);
        begin = dot;
    }
}

std::string_view parent(std::string_view name) {
    const auto dot = name.find('.');
    return dot == std::string_view::npos ? name.substr(name.size()) : name.substr(dot + 1);
}

bool is_equal_or_below(std::string_view name, std::string_view ancestor) {
    if (ancestor.empty() || !ascii::iends_with(name, ancestor)) return false;
    return name.size() == ancestor.size() || name[name.size() - ancestor.size() - 1] == '.';
}

} // namespace bonafide::dns
