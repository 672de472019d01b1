// The resolver for who may wait: commands, and threads that maintain something.
#pragma once

#include "base/error.hpp"
#include "dns/source.hpp"
#include "io/resolver.hpp"

#include <memory>

namespace bonafide::io {

/// One question at a time, on the calling thread, which runs the event loop until the answer is there; answers are kept for their TTL.
/// Unlike other sources for one thread at a time. Errors: as Resolver::make().
[[nodiscard]] Expected<std::shared_ptr<const dns::Source>> open_blocking_resolver(ResolverSettings settings);

} // namespace bonafide::io
