// The table of commands. A new command is a declaration and a row.
#include "cli/command.hpp"

namespace bonafide::cli {

Command check_command();
Command records_command();
Command providers_command();
Command explain_command();
Command verify_command();
Command replay_command();
Command arc_seal_command();
Command sign_command();
Command srs_forward_command();
Command srs_reverse_command();
Command srs_secret_command();
Command spf_command();
Command dmarc_command();
Command org_domain_command();
Command headers_parse_command();
Command headers_compare_command();
Command serve_command();
Command lists_show_command();
Command lists_add_command();
Command lists_remove_command();
Command lists_import_command();
Command lists_export_command();
Command lists_audit_command();
Command lists_suggest_command();
Command spoof_command();
Command trace_command();
Command whatif_command();
Command feedback_command();
Command ledger_info_command();
Command ledger_backup_command();
Command ledger_restore_command();
Command ledger_erase_command();
Command ledger_check_command();
Command ledger_audit_command();
Command greylist_list_command();
Command greylist_forget_command();
Command greylist_stats_command();
Command keys_new_command();
Command keys_list_command();
Command keys_record_command();
Command keys_check_command();
Command keys_activate_command();
Command keys_rotate_command();
Command keys_retire_command();
Command keys_revoke_command();
Command keys_import_command();
Command keys_export_command();
Command keys_tend_command();
Command rules_test_command();
Command rules_check_command();
Command rules_list_command();
Command rules_fields_command();
Command import_opendkim_command();
Command import_opendmarc_command();
Command import_policyd_spf_command();
Command import_postgrey_command();
Command demo_command();
Command bench_verify_command();
Command bench_sign_command();
Command bench_spf_command();
Command config_check_command();
Command config_defaults_command();
Command config_doc_command();
Command completion_command();
Command man_command();

const std::vector<Command>& commands() {
    static const std::vector<Command> table{
        check_command(),
        records_command(),
        providers_command(),
        explain_command(),
        verify_command(),
        replay_command(),
        sign_command(),
        arc_seal_command(),
        srs_forward_command(),
        srs_reverse_command(),
        srs_secret_command(),
        spf_command(),
        dmarc_command(),
        org_domain_command(),
        headers_parse_command(),
        headers_compare_command(),
        serve_command(),
        lists_show_command(),
        lists_add_command(),
        lists_remove_command(),
        lists_import_command(),
        lists_export_command(),
        lists_audit_command(),
        lists_suggest_command(),
        spoof_command(),
        trace_command(),
        whatif_command(),
        feedback_command(),
        ledger_info_command(),
        ledger_backup_command(),
        ledger_restore_command(),
        ledger_erase_command(),
        ledger_check_command(),
        ledger_audit_command(),
        greylist_list_command(),
        greylist_forget_command(),
        greylist_stats_command(),
        keys_new_command(),
        keys_list_command(),
        keys_record_command(),
        keys_check_command(),
        keys_activate_command(),
        keys_rotate_command(),
        keys_retire_command(),
        keys_revoke_command(),
        keys_import_command(),
        keys_export_command(),
        keys_tend_command(),
        rules_test_command(),
        rules_check_command(),
        rules_list_command(),
        rules_fields_command(),
        import_opendkim_command(),
        import_opendmarc_command(),
        import_policyd_spf_command(),
        import_postgrey_command(),
        demo_command(),
        bench_verify_command(),
        bench_sign_command(),
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
