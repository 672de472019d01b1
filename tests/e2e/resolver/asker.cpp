#include "asker.hpp"

#include <stdexcept>
#include <utility>

namespace bonafide::e2e {
namespace {

constexpr std::chrono::seconds patience{60};

std::unique_ptr<io::Resolver> make(boost::asio::io_context& io, io::ResolverSettings settings, io::AnswerCache& cache) {
    auto made = io::Resolver::make(io, std::move(settings), cache);
    if (!made) throw std::runtime_error(made.error().text);
    return std::move(*made);
}

io::ResolverSettings without_dnssec(std::vector<std::string> servers) {
    io::ResolverSettings settings;
    settings.servers = std::move(servers);
    settings.dnssec = false;
    return settings;
}

} // namespace

dns::Question question(std::string name, dns::Type type) { return {std::move(name), type, "test", {}, true, true}; }

Asker::Asker(io::ResolverSettings settings) : cache({}), resolver(make(io, std::move(settings), cache)) {}
Asker::Asker(std::vector<std::string> servers) : Asker(without_dnssec(std::move(servers))) {}

dns::Answer Asker::ask(const dns::Question& asked) {
    if (dns::Answer kept = resolver->try_now(asked)) return kept;
    dns::Answer answer;
    resolver->ask(asked, [&answer](dns::Answer got) { answer = std::move(got); });
    if (answer) throw std::logic_error("answered from inside ask()");
    const auto end = std::chrono::steady_clock::now() + patience;
    io.restart();
    while (!answer && !io.stopped() && std::chrono::steady_clock::now() < end) io.run_one_for(std::chrono::seconds(1));
    if (!answer) throw std::runtime_error("no answer for " + asked.name);
    return answer;
}

dns::Answer Asker::ask_fresh(std::string name, dns::Type type) {
    dns::Question asked = question(std::move(name), type);
    asked.use_cache = false;
    return ask(asked);
}

std::vector<dns::Answer> Asker::ask_all(const std::vector<std::string>& names, dns::Type type) {
    std::vector<dns::Answer> answers(names.size());
    std::size_t missing = names.size();
    for (std::size_t i = 0; i < names.size(); ++i) {
        resolver->ask(question(names[i], type), [&, i](dns::Answer got) {
            answers[i] = std::move(got);
            --missing;
        });
    }
    io.restart();
    const auto end = std::chrono::steady_clock::now() + patience;
    while (missing > 0 && !io.stopped() && std::chrono::steady_clock::now() < end)
        io.run_one_for(std::chrono::seconds(1));
    if (missing > 0) throw std::runtime_error("questions without an answer: " + std::to_string(missing));
    return answers;
}

} // namespace bonafide::e2e
