// What is said of each message: one log line and the counters of /metrics, both read from the same Facts and Decision.
#pragma once

#include "engine/milter_door.hpp"
#include "io/log.hpp"
#include "io/metrics.hpp"

#include <string>

namespace bonafide::engine {

class MessageLog {
  public:
    /// `metrics` and `log` outlive this.
    MessageLog(io::Logger& log, io::Metrics& metrics);
    ~MessageLog();
    MessageLog(const MessageLog&) = delete;
    MessageLog& operator=(const MessageLog&) = delete;

    /// Thread-safe; one line "message" at level info (an aborted message: "message.aborted" at level debug; a refusal before the message:
    /// "refused"), and for each rule that says log one "rule.fired".
    void record(const MessageEvent& event);

  private:
    struct Counters;
    void record_refusal(const MessageEvent& event);
    void record_signing(std::string_view id, const Finished& finished);
    void record_rules(std::string_view id, const policy::Outcome& outcome);

    io::Logger& log_;
    io::Metrics& metrics_;
    std::unique_ptr<Counters> counters_;
};

/// "pass example.com/s1, fail other.example/s2 (body-hash-mismatch)"; "none" without signatures.
[[nodiscard]] std::string dkim_summary(const std::vector<dkim::SignatureResult>& signatures);

} // namespace bonafide::engine
