// A resolver with its cache and io_context, and questions asked to the end.
#pragma once

#include "dns/question.hpp"
#include "io/answer_cache.hpp"
#include "io/resolver.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace bonafide::e2e {

[[nodiscard]] dns::Question question(std::string name, dns::Type type = dns::Type::txt);

class Asker {
  public:
    /// Throws when the resolver cannot be made.
    explicit Asker(io::ResolverSettings settings);
    /// Without DNSSEC, these servers.
    explicit Asker(std::vector<std::string> servers);

    /// From the cache or by asking; runs the io_context until the answer is there.
    [[nodiscard]] dns::Answer ask(const dns::Question& question);
    [[nodiscard]] dns::Answer ask(std::string name, dns::Type type = dns::Type::txt) {
        return ask(question(std::move(name), type));
    }
    /// Like ask(), past our cache.
    [[nodiscard]] dns::Answer ask_fresh(std::string name, dns::Type type = dns::Type::txt);
    /// All at once; the answers in the order of the names.
    [[nodiscard]] std::vector<dns::Answer> ask_all(const std::vector<std::string>& names,
                                                   dns::Type type = dns::Type::txt);

    boost::asio::io_context io;
    io::AnswerCache cache;
    std::unique_ptr<io::Resolver> resolver;
};

} // namespace bonafide::e2e
