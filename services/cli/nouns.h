#pragma once

#include <CLI/App.hpp>

#include "services/cli/tool.h"

// One function for each noun: adds its verbs to the root. Each stands in the file of its
// name. `tool` must outlive the root.
namespace services::cli {

void AddAssignment(CLI::App* root, Tool& tool);
void AddAudit(CLI::App* root, Tool& tool);
void AddCircle(CLI::App* root, Tool& tool);
void AddCompletion(CLI::App* root, Tool& tool);
void AddLoad(CLI::App* root, Tool& tool);
void AddLog(CLI::App* root, Tool& tool);
void AddNode(CLI::App* root, Tool& tool);
void AddPeer(CLI::App* root, Tool& tool);
void AddPrivacy(CLI::App* root, Tool& tool);
void AddProfessional(CLI::App* root, Tool& tool);
void AddProfile(CLI::App* root, Tool& tool);
void AddSearch(CLI::App* root, Tool& tool);
void AddSecondment(CLI::App* root, Tool& tool);
void AddSession(CLI::App* root, Tool& tool);

// Below a noun that stands in a file of its own size: verbs of audit that write files
// (audit_export.cc), that verify (audit_verify.cc), about forks (audit_forks.cc) and about keys
// (audit_keys.cc), of circle about versions of the charter (circle_charter.cc) and its members'
// epochs (circle_epochs.cc), and of secondment that show (secondment_list.cc).
void AddAuditForks(CLI::App* audit, Tool& tool);
void AddAuditKeys(CLI::App* audit, Tool& tool);
void AddAuditExport(CLI::App* audit, Tool& tool);
void AddAuditVerify(CLI::App* audit, Tool& tool);
void AddCharterVerbs(CLI::App* circle, Tool& tool);
void AddEpochVerbs(CLI::App* circle, Tool& tool);
void AddLogFileVerbs(CLI::App* log, Tool& tool);
void AddBackup(CLI::App* node, Tool& tool);
void AddSecondmentList(CLI::App* secondment, Tool& tool);

}  // namespace services::cli
