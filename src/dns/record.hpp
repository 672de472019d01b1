// A resource record as a person publishes it. What a resolver answers is dns/question.hpp's matter.
#pragma once

#include "dns/question.hpp"

#include <cstdint>
#include <string>

namespace bonafide::dns {

struct Record {
    std::string name{}; ///< without final dot
    Type type = Type::txt;
    std::uint32_t ttl = 3600;
    std::string
        value{}; ///< TXT: the text, in one piece; CNAME, MX, PTR, NS: the target without final dot ("" is the root); A, AAAA: the address
    std::uint16_t preference = 0; ///< MX
    bool operator==(const Record&) const = default;
};

[[nodiscard]] inline Record txt_record(std::string name, std::string text) {
    return {.name = std::move(name), .type = Type::txt, .value = std::move(text)};
}

} // namespace bonafide::dns
