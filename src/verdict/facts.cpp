#include "verdict/facts.hpp"

namespace bonafide::verdict {

std::string_view to_text(Direction direction) {
    switch (direction) {
    case Direction::inbound: return "inbound";
    case Direction::submitted: return "submitted";
    case Direction::internal: return "internal";
    case Direction::local: return "local";
    }
    return "unknown";
}

} // namespace bonafide::verdict
