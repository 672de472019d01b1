// The sentences behind results: one function a Code that needs more than its name.
#pragma once

#include "dns/question.hpp"
#include "spf/evaluation.hpp"
#include "spf/spf.hpp"

#include <string>
#include <string_view>

namespace bonafide::spf::cause {

[[nodiscard]] Cause matched(const ip::Address& client, const Hit& hit);
[[nodiscard]] Cause no_match(const ip::Address& client, std::string_view domain);
[[nodiscard]] Cause no_record(std::string_view domain);
[[nodiscard]] Cause no_domain(std::string_view domain);
[[nodiscard]] Cause bad_domain(std::string_view domain);
[[nodiscard]] Cause several_records(std::string_view domain, std::size_t found);
[[nodiscard]] Cause record_too_long(std::string_view domain, std::size_t bytes, std::size_t most);
[[nodiscard]] Cause syntax(std::string_view domain, std::string_view record, const Error& error);
[[nodiscard]] Cause too_many_lookups(std::string_view term, std::string_view domain, std::uint32_t most);
[[nodiscard]] Cause too_many_void_lookups(std::string_view term, std::string_view domain, std::uint32_t most);
[[nodiscard]] Cause too_many_mx(std::string_view term, std::string_view domain, std::size_t found, std::uint32_t most);
[[nodiscard]] Cause include_no_record(std::string_view term, std::string_view domain, const Cause& inner);
[[nodiscard]] Cause redirect_no_record(std::string_view term, std::string_view domain, const Cause& inner);
[[nodiscard]] Cause dns_error(std::string_view term, std::string_view domain, std::string_view name, dns::Type type,
                              dns::Status status);
[[nodiscard]] Cause time_out(std::string_view domain);

} // namespace bonafide::spf::cause
