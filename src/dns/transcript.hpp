// Every question of one message, why it was asked, and the answer: the evidence behind a verdict
// (docs/architecture.md, ideas 2 and 3).
#pragma once

#include "dns/question.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dns {

struct Exchange {
    std::string name;
    Type type = Type::txt;
    std::string_view why; ///< as in Question: a literal
    Answer answer;
};

class Transcript {
  public:
    void record(const Question& question, Answer answer) {
        exchanges_.push_back({question.name, question.type, question.why, std::move(answer)});
    }
    [[nodiscard]] const std::vector<Exchange>& exchanges() const& { return exchanges_; }
    void append(Transcript other) {
        for (Exchange& e : other.exchanges_) exchanges_.push_back(std::move(e));
    }

  private:
    std::vector<Exchange> exchanges_;
};

/// "TXT example.com (SPF record): NOERROR, ttl 300, insecure: \"v=spf1 -all\"": one line for --explain and logs; remote text escaped,
/// "CNAME followed" before the records when the name was an alias, at most 16 records.
[[nodiscard]] std::string to_line(const Exchange& exchange);

} // namespace bonafide::dns
