// Whose mail is it: the Author Domain of a From field, and where registrations happen.
#include "conformance/kinds.hpp"
#include "dns/idna.hpp"
#include "mail/address.hpp"

#include <array>

namespace bonafide::conformance {

Comparison run_from_domain(const Case& test, Files&) {
    const std::string from = Case::text(test.input(), "from");
    const mail::Author author = mail::find_author(std::array{std::string_view(from)});
    Comparison comparison;
    comparison.compare_member("domain", test.expect(),
                              word(author.cause == mail::FromCause::ok ? author.domain : to_text(author.cause)));
    return comparison;
}

namespace {

/// Names are compared as A-labels: the suite writes some in Unicode.
boost::json::value name_or_null(const boost::json::value& name) {
    if (name.is_null()) return nullptr;
    return word(dns::to_ascii(std::string_view(name.as_string())).value_or("no name"));
}

} // namespace

Comparison run_psl(const Case& test, Files& files) {
    const auto list = files.suffixes(test);
    const auto name = dns::to_ascii(Case::text(test.input(), "domain"));
    const std::string registrable = name ? list->registrable(*name) : std::string();
    const auto& expect = test.expect();
    Comparison comparison;
    if (const auto* wanted = expect.if_contains("registrable"))
        comparison.compare("registrable", name_or_null(*wanted),
                           registrable.empty() ? boost::json::value() : word(registrable));
    if (const auto* wanted = expect.if_contains("org_domain"))
        comparison.compare("org_domain", name_or_null(*wanted),
                           name ? word(list->organizational(*name)) : boost::json::value());
    return comparison;
}

} // namespace bonafide::conformance
