// Reads a ledger once from end to end when the daemon starts, so that the system's file cache has it before messages ask: a history that
// must come from the disk costs a message some milliseconds, one from the cache some microseconds.
#pragma once

#include <string>
#include <thread>

namespace bonafide::io::store {

/// On a thread of its own, until done or until the result goes. Nothing happens with a file that would fill more than half the memory, nor
/// when it cannot be read: all this is but a kindness.
[[nodiscard]] std::jthread warm_up(std::string file);

} // namespace bonafide::io::store
