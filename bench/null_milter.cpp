// A milter that looks at nothing and stamps one header field: what the milter door itself costs, the floor of the whole product.
//   null_milter ADDRESS [THREADS]     e.g. null_milter unix:/tmp/null.sock 1; ends on SIGINT or SIGTERM and prints its counters
#include "io/milter_server.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <string>

namespace milter = bonafide::io::milter;

namespace {

class NullHandler final : public milter::Handler {
  public:
    milter::Reply header(std::string_view name, std::string_view value) override {
        bytes_ += name.size() + value.size();
        return {};
    }
    milter::Reply body(std::string_view piece) override {
        bytes_ += piece.size();
        return {};
    }
    std::optional<milter::Verdict> end_of_message() override {
        milter::Verdict verdict;
        verdict.modifications.push_back(
            {milter::Modification::Kind::insert, 1, "X-Null", fmt::format("{} bytes", bytes_)});
        bytes_ = 0;
        return verdict;
    }

  private:
    std::size_t bytes_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::fprintf(stderr, "usage: null_milter ADDRESS [THREADS]\n"), 2;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    milter::ServerSettings settings;
    if (argc > 2) settings.threads = std::strtoul(argv[2], nullptr, 10);
    milter::Server server(
        settings, [](std::size_t, milter::Connection&, const std::string&) { return std::make_unique<NullHandler>(); },
        {[](std::string_view reason) { fmt::print(stderr, "closed: {}\n", reason); }, {}});
    const auto bound = server.listen(argv[1]);
    if (!bound) return fmt::print(stderr, "{}\n", bound.error().text), 1;
    server.start();
    fmt::print("listening on {}\n", *bound);
    std::fflush(stdout);
    int signal = 0;
    sigwait(&signals, &signal);
    server.stop();
    const auto counters = server.counters();
    fmt::print("accepted {} refused {} protocol errors {} disconnects {} timeouts {}\n", counters.accepted,
               counters.refused, counters.protocol_errors, counters.disconnects, counters.timeouts);
}
