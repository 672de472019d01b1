// A name server of our own that misbehaves on purpose, on UDP alone. What it does is in the first label of the name asked:
//   silent*   nothing, ever          slow*  the answer, two seconds after it was first asked, as a resolver at work
//   servfail*  SERVFAIL    refused*  REFUSED
//   garbage*  bytes that are no DNS message    cut*  an empty answer marked truncated, though no TCP listens
//   anything else: TXT "here" with TTL 60
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace bonafide::e2e {

class Answerer {
  public:
    Answerer();
    ~Answerer();
    Answerer(const Answerer&) = delete;
    Answerer& operator=(const Answerer&) = delete;
    [[nodiscard]] std::string address() const { return "127.0.0.1@" + std::to_string(port_); }
    /// Datagrams whose name begins so, since the start.
    [[nodiscard]] unsigned silent_asked() const { return silent_asked_; }
    [[nodiscard]] unsigned here_asked() const { return here_asked_; }

  private:
    void serve();

    std::uint16_t port_;
    int socket_;
    std::atomic<bool> stop_ = false;
    std::atomic<unsigned> silent_asked_ = 0, here_asked_ = 0;
    std::thread thread_;
};

} // namespace bonafide::e2e
