// The table of those who send or receive mail for others: data/providers.tsv, a row each with source and date.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// A selector of the provider, and where the CNAME at it leads: {domain}, {domain-dashes} and {account} are to be filled in.
struct DkimAlias {
    std::string selector;
    std::string target;
};

enum class ProviderKind : std::uint8_t { mailbox, bulk, hosting, security, helpdesk };

struct Provider {
    std::string key;  ///< "google", as an option names it
    std::string name; ///< "Google Workspace"
    ProviderKind kind = ProviderKind::bulk;
    std::vector<std::string>
        includes{}; ///< what belongs into the customer's SPF record: "_spf.google.com"; none: its own return path
    /// Seen in records of customers, and recognised, but not needed in that of the domain: its mail has a return path of its own.
    std::vector<std::string> old_includes{};
    std::vector<std::string> mx{};        ///< names, or ".suffix" for all below, that its customers' MX point to
    std::vector<std::string> selectors{}; ///< usual selectors
    /// Target of the CNAME at a selector, with {selector} {domain} {domain-dashes} and {account}; empty: the customer publishes TXT.
    std::string dkim_alias{};
    /// What is to be published: of each usual selector by dkim_alias, or of those that the table pairs with targets. {selector} is filled in.
    std::vector<DkimAlias> aliases{};
    bool dkim_by_account = false; ///< selector or value are shown in the customer's account
    std::string source{};         ///< URL
    std::string date{};           ///< when it was looked up: 2026-11-23
};

/// How rows are read: the table's is well-formed, which a test sees to; of another one lines that are no rows are left out.
[[nodiscard]] std::vector<Provider> read_providers(std::string_view table);
/// All rows of the table.
[[nodiscard]] std::span<const Provider> providers();
[[nodiscard]] const Provider* find_provider(std::string_view key);
/// Whose record an include names: `name` is one of the includes or a name below the same operator's; null: nobody we know.
[[nodiscard]] const Provider* provider_of_include(std::string_view name);
[[nodiscard]] const Provider* provider_of_mx(std::string_view host);
/// Whose keys the alias at a selector leads to, by what stands behind the last place of dkim_alias.
[[nodiscard]] const Provider* provider_of_alias(std::string_view target);
/// Every selector worth asking for where none is known, the usual ones of software ("mail", "default", "dkim", "s1", ...) included; no
/// duplicates, most likely first.
[[nodiscard]] std::span<const std::string> usual_selectors();

} // namespace bonafide::doctor
