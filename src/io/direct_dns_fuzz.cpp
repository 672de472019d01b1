// Replies of hostile name servers: read without leaving the input; what is said to be found holds records.
#include "io/direct_dns.hpp"

#include <cstdint>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using bonafide::dns::Type;
    for (const Type type : {Type::txt, Type::mx, Type::a, Type::aaaa, Type::cname, Type::soa}) {
        const auto answer =
            bonafide::io::read_direct_answer(std::span(data, size), "example.com", type, bonafide::io::Recursion::yes);
        const bonafide::dns::AnswerData& seen = answer.data;
        const bool holds = !seen.txt.empty() || !seen.mx.empty() || !seen.addresses.empty() || !seen.names.empty();
        if (seen.found() != holds) std::abort();
        if (seen.temporary() == answer.fault.empty()) std::abort();
    }
    return 0;
}
