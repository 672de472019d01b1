// The tree of one SPF record. What counts as a look-up and as a void one: spf/mechanism.cpp, with which this agrees; but an "a" or "mx" of
// a name that has addresses of one family only is not void here, since it is not for the clients of that family.
#pragma once

#include "dns/flow.hpp"
#include "doctor/survey.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// Lives in the outermost flow.
struct SpfGrowth {
    std::string domain; ///< examined: %{o} and, in its own record, %{d}
    Limits limits;
    std::uint32_t questions = 0;
    std::size_t terms = 0;
    bool reverse_names = false; ///< a %{p} was counted: it costs one look-up a check

    [[nodiscard]] bool full() const;
};

/// The record of `domain` and all beneath. `path`: the names above it, itself excluded.
[[nodiscard]] dns::Flow<std::shared_ptr<const SpfNode>> grow_spf(SpfGrowth* growth, std::string domain,
                                                                 std::vector<std::string> path);

/// Calls `visit` with each node and its terms' parents, the node itself first. `term` is null for the root.
void walk_spf(const SpfNode& node, const std::function<void(const SpfNode& at, const SpfTerm* term)>& visit);

} // namespace bonafide::doctor
