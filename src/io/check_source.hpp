// DNS for the doctor: questions that name a server go to exactly that server, all others to one source; and a source that is one server.
// Exchanges block, each on a thread of a small pool; answers come back on the event loop's thread.
#pragma once

#include "base/endpoint.hpp"
#include "dns/source.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace bonafide::io {

class CheckSource final : public dns::AsyncSource {
  public:
    struct Settings {
        std::chrono::milliseconds timeout{5000}; ///< of one question over UDP, in two tries, and again over TCP
        std::size_t threads = 16;                ///< exchanges at the same time
        std::uint16_t port = 53;                 ///< of servers that questions name
    };
    /// A server that was silent this often is not waited for again: its answers are Status::timeout at once.
    static constexpr std::uint32_t most_silences = 2;

    /// The context and `others` outlive this. Call, and destroy, on the context's thread.
    CheckSource(boost::asio::io_context& context, dns::AsyncSource& others, Settings settings);
    ~CheckSource() override;

    [[nodiscard]] dns::Answer try_now(const dns::Question& question) override;
    void ask(dns::Question question, Done done) override;

  private:
    struct State;
    dns::AsyncSource& others_;
    std::shared_ptr<State> state_;
};

/// Everything is asked of this one server, with recursion desired, whether it is a resolver or an authoritative server; aliases it does not
/// follow itself are asked for again. What it refuses once it has answered something does not exist for it (Status::nx_domain): an
/// authoritative server knows nothing beyond its zones. Answers are kept while it lives.
[[nodiscard]] std::unique_ptr<dns::AsyncSource> open_one_server(boost::asio::io_context& context, ip::Endpoint server,
                                                                std::chrono::milliseconds timeout);

} // namespace bonafide::io
