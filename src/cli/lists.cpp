// The rows of `bonafide lists ...`.
#include "cli/lists.hpp"

#include "cli/ledger_file.hpp"

namespace bonafide::cli {

namespace {

Expected<void> check_date(std::string_view text) {
    if (verdict::parse_last_day(text)) return {};
    return failure("must be a date, YYYY-MM-DD");
}

std::vector<std::string_view> list_names() {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < verdict::list_count; ++i)
        names.push_back(verdict::to_text(static_cast<verdict::ListName>(i)));
    return names;
}

Positional list_positional(Times times) {
    return {.name = "LIST", .help = "which list", .times = times, .choices = list_names()};
}

Option reason_option() { return {.name = "reason", .value = "TEXT", .help = "why, for the audit"}; }

} // namespace

Command lists_show_command() {
    return {.name = "lists show",
            .summary = "Show who may send as whom, who is trusted, what is ours",
            .description =
                "Entries of the ledger, of the configuration and built-in ones together, as the daemon goes "
                "by them, each with where it stands. Built-in entries are counted only, unless LIST is given.",
            .examples = {{"lists show", "Everything that somebody listed"},
                         {"lists show sealers", "Whose ARC seals are trusted"},
                         {"lists show block-pairs --csv", "For a spreadsheet"}},
            .positionals = {list_positional(Times::at_most_once)},
            .options = with_ledger_options({json_option(), csv_option()}),
            .run = lists::run_show};
}

Command lists_add_command() {
    return {
        .name = "lists add",
        .summary = "Add an entry to a list",
        .description =
            "Takes hold within seconds, without a restart. An entry that is there gets the new note and date. "
            "Pairs are written AUTHOR, INFRASTRUCTURE: an address, a domain or * for who is named in From; a "
            "domain (of a DKIM signature, or the Organizational Domain of the client's PTR name), the client's /24 "
            "or /64 network, or * for who sends. Sealers: DOMAIN [from=DOMAIN,.DOMAIN] [to=ADDRESS,DOMAIN]. "
            "Protected users: Ann Example <ann@ours.example>, <other@address>. The others: a domain or a network.",
        .examples = {{"lists add accepted-domains contoso.com", "contoso.com is ours"},
                     {"lists add allow-pairs 'contoso.com, fabrikam.com' --note 'our newsletter service'",
                      "Fabrikam may send as contoso.com"},
                     {"lists add block-pairs '*, 192.0.2.0/24' --until 2027-01-31", "Nobody is believed from there"},
                     {"lists add sealers 'lists.example to=ours.example' --note 'the choir'",
                      "A mailing list's seals count"}},
        .positionals = {list_positional(Times::once), {.name = "ENTRY", .help = "what to add"}},
        .options = with_ledger_options(
            {{.name = "note", .value = "TEXT", .help = "why, for the list and the audit"},
             {.name = "until", .value = "DATE", .help = "the last day on which it counts (UTC)", .check = check_date},
             by_option(),
             json_option()}),
        .run = lists::run_add};
}

Command lists_remove_command() {
    return {.name = "lists remove",
            .summary = "Remove an entry from a list",
            .description = "Takes hold within seconds. What stands in the configuration has to be removed there.",
            .examples = {{"lists remove allow-pairs 'contoso.com, fabrikam.com' --reason 'contract ended'",
                          "Fabrikam may no longer send as contoso.com"}},
            .positionals = {list_positional(Times::once), {.name = "ENTRY", .help = "what to remove"}},
            .options = with_ledger_options({reason_option(), by_option(), json_option()}),
            .run = lists::run_remove};
}

Command lists_import_command() {
    return {.name = "lists import",
            .summary = "Add every entry of a file to a list",
            .description =
                "One entry a line, as lists export writes them: ENTRY [until=YYYY-MM-DD] [# NOTE]; empty lines "
                "and lines that begin with # are skipped. All or nothing: wrong lines are named as "
                "file:line: text, and nothing is added then. Nothing is removed.",
            .examples = {{"lists import block-pairs blocked.txt --reason 'list of the CERT'", "Add all of a file"}},
            .positionals = {list_positional(Times::once), {.name = "FILE", .help = "the file; - is standard input"}},
            .options = with_ledger_options({reason_option(), by_option()}),
            .run = lists::run_import};
}

Command lists_export_command() {
    return {
        .name = "lists export",
        .summary = "Print the ledger's entries as lists import reads them",
        .description = "Only what the ledger keeps, not what the configuration holds.",
        .examples = {{"lists export allow-pairs > allowed.txt", "One list"}, {"lists export --json", "All, as JSON"}},
        .positionals = {list_positional(Times::at_most_once)},
        .options = with_ledger_options({json_option(), csv_option()}),
        .run = lists::run_export};
}

Command lists_audit_command() {
    return {.name = "lists audit",
            .summary = "Show who changed the lists, when and why",
            .description = "Newest first.",
            .examples = {{"lists audit --most 20", "The last twenty changes"}},
            .options = with_ledger_options(
                {{.name = "most", .value = "N", .help = "how many", .fallback = "100", .check = check_most},
                 json_option(),
                 csv_option()}),
            .run = lists::run_audit};
}

Command lists_suggest_command() {
    return {
        .name = "lists suggest",
        .summary = "Name sealers that could be trusted, from the mail that came",
        .description =
            "Mailing lists and forwarders change messages, and DMARC fails; where they seal with ARC, and the seals "
            "verify, trusting the sealer repairs that. Names those that are not trusted, with how much mail it "
            "concerns and the command that would trust them. Nothing is trusted by itself.",
        .examples = {{"lists suggest", "From the last week's mail"}},
        .options = with_ledger_options(
            {{.name = "days", .value = "N", .help = "how far back", .fallback = "7", .check = check_days},
             {.name = "least",
              .value = "N",
              .help = "name no sealer of fewer messages",
              .fallback = "5",
              .check = check_most},
             json_option()}),
        .run = lists::run_suggest};
}

} // namespace bonafide::cli
