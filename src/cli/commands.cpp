// The table of commands. A new command is a declaration and a row.
#include "cli/command.hpp"

namespace bonafide::cli {

Command verify_command();
Command replay_command();
Command arc_seal_command();
Command spf_command();
Command dmarc_command();
Command org_domain_command();
Command headers_parse_command();
Command serve_command();
Command demo_command();
Command bench_verify_command();
Command bench_spf_command();
Command config_check_command();
Command config_defaults_command();
Command config_doc_command();
Command completion_command();
Command man_command();

const std::vector<Command>& commands() {
    static const std::vector<Command> table{
        verify_command(),
        replay_command(),
        arc_seal_command(),
        spf_command(),
        dmarc_command(),
        org_domain_command(),
        headers_parse_command(),
        serve_command(),
        demo_command(),
        bench_verify_command(),
        bench_spf_command(),
        config_check_command(),
        config_defaults_command(),
        config_doc_command(),
        completion_command(),
        man_command(),
    };
    return table;
}

} // namespace bonafide::cli
