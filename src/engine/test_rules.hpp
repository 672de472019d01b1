// Rules written in a line each, for tests.
#pragma once

#include "policy/rule_source.hpp"

#include <string>
#include <utility>
#include <vector>

namespace bonafide::engine::testing_engine {

inline policy::SourceText text(std::string value) { return {std::move(value), {}}; }

inline policy::RuleSource rule(const std::string& name, const std::string& when, const std::vector<std::string>& then,
                               const std::string& at = {}) {
    policy::RuleSource source;
    source.name = text(name);
    if (!when.empty()) source.when = {text(when)};
    for (const std::string& one : then) source.then.push_back(text(one));
    source.at = text(at);
    return source;
}

} // namespace bonafide::engine::testing_engine
