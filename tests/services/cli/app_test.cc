#include "services/cli/app.h"

#include <gmock/gmock.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/certificate.h"
#include "eventstore/crypto/entropy.h"
#include "poolcirkel/api/v1/assignment_service.grpc.pb.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "services/rpc/credentials.h"
#include "services/rpc/status.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
using ::testing::HasSubstr;
using ::testing::Not;

struct Result {
  int code = 0;
  std::string out;
  std::string err;
};

class AppTest : public ::testing::Test {
 protected:
  Result RunWith(const std::vector<std::string>& arguments) {
    std::ostringstream out;
    std::ostringstream err;
    Environment environment;
    environment.out = &out;
    environment.err = &err;
    environment.clock = &clock_;
    environment.entropy = &entropy_;
    environment.variable = [this](const std::string& name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::string() : found->second;
    };
    const int code = services::cli::Run(arguments, environment);
    return {code, out.str(), err.str()};
  }

  base::SystemClock clock_;
  crypto::SystemEntropy entropy_;
  std::map<std::string, std::string> variables_ = {{"HOME", "/nonexistent"}};
};

TEST_F(AppTest, HelpIsDutchAndHasAnExample) {
  const Result root = RunWith({"--help"});
  EXPECT_EQ(root.code, 0);
  EXPECT_THAT(root.out, HasSubstr("Gebruik: poolcirkel"));
  EXPECT_THAT(root.out, HasSubstr("Wat de afsluitcode zegt"));
  EXPECT_THAT(root.out, Not(HasSubstr("Knock")));
  const Result verb = RunWith({"secondment", "propose", "--help"});
  EXPECT_EQ(verb.code, 0);
  EXPECT_THAT(verb.out, HasSubstr("Voorbeeld:\n  poolcirkel secondment propose"));
  EXPECT_THAT(verb.out, HasSubstr("(verplicht)"));
}

TEST_F(AppTest, WrongUseIsExplainedInDutch) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{}, "er mist een onderwerp; kies een onderwerp: assignment"},
      {{"opdracht", "list"}, "onbekend: opdracht list; kies een onderwerp"},
      {{"--versie", "assignment"}, "onbekend: --versie"},
      {{"assignment"}, "er mist een werkwoord"},
      {{"assignment", "show"}, "opdracht is nodig"},
      {{"assignment", "vlieg"}, "onbekend: vlieg; kies een werkwoord: publish"},
      {{"assignment", "list", "--lid", "leiden"}, "onbekend: --lid leiden"},
      {{"search", "professionals", "--hours", "8", "--hours", "9"},
       "--hours mag er één keer staan"},
      {{"assignment", "list", "--profile"}, "--profile krijgt een waarde"},
      {{"assignment", "list", "--onbekend"}, "onbekend: --onbekend"},
      {{"search", "professionals", "--distance", "ver"}, "geen goede waarde"}};
  for (const auto& [arguments, message] : wrong) {
    const Result result = RunWith(arguments);
    EXPECT_EQ(result.code, 2) << message;
    EXPECT_THAT(result.err, HasSubstr(message));
    EXPECT_THAT(result.err, HasSubstr("--help"));
  }
}

TEST_F(AppTest, TellsItsVersion) {
  const Result result = RunWith({"--version"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, ::testing::StartsWith("poolcirkel "));
}

TEST_F(AppTest, NothingButUtf8IsSent) {
  const Result result = RunWith({"assignment", "publish", "--title", "caf\xe9"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("woord 4 van de opdracht is geen UTF-8"));
}

TEST_F(AppTest, HelpOfANounHasNoEnglishHeading) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"secondment", "--help"}, {"node", "status", "--help"}}) {
    EXPECT_THAT(RunWith(arguments).out, Not(HasSubstr("Options")));
  }
}

TEST_F(AppTest, SaysWhichConnectionIsMissing) {
  const Result nothing = RunWith({"assignment", "list"});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.err, HasSubstr("--circle"));
  const Result no_node = RunWith({"assignment", "list", "--circle", "randstad"});
  EXPECT_EQ(no_node.code, 2);
  EXPECT_THAT(no_node.err, HasSubstr("--address"));
  const Result no_profile = RunWith({"assignment", "list", "--profile", "weg"});
  EXPECT_EQ(no_profile.code, 4);
  EXPECT_THAT(no_profile.err, HasSubstr("PROFILE_UNKNOWN"));
}

TEST_F(AppTest, CompletionKnowsEveryVerb) {
  const Result result = RunWith({"completion", "bash"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("\"secondment propose\") words=\"--"));
  EXPECT_THAT(result.out, HasSubstr("profile list --names"));
  EXPECT_THAT(result.out, HasSubstr("complete -F _poolcirkel poolcirkel"));
  EXPECT_THAT(result.out, Not(HasSubstr("knock")));
  const std::string script = ::testing::TempDir() + "/completion.bash";
  std::ofstream(script) << result.out
                        << "COMP_WORDS=(poolcirkel --json secondment pro); COMP_CWORD=3\n"
                           "_poolcirkel; [[ \"${COMPREPLY[*]}\" == propose ]]\n";
  EXPECT_EQ(std::system(("bash '" + script + "'").c_str()), 0);
}

TEST_F(AppTest, ABundleIsVerifiedWithoutANode) {
  const std::string path = ::testing::TempDir() + "/geen.bundel";
  std::ofstream(path) << "geen bundel";
  const std::string circle(64, 'c');
  const Result wrong = RunWith({"audit", "verify", "--circle", circle, path});
  EXPECT_EQ(wrong.code, 1) << wrong.err;
  EXPECT_THAT(wrong.out, HasSubstr("Dit is geen bundel"));
  EXPECT_THAT(wrong.out, HasSubstr("Het bewijs klopt NIET"));
  const Result json = RunWith({"audit", "verify", "--json", "--circle", circle, path});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.out, HasSubstr("{\"ok\":false,\"claims\":[{\"kind\":\"proven\",\"ok\":false"));
  EXPECT_EQ(RunWith({"audit", "verify", path}).code, 2) << "which circle?";
  EXPECT_EQ(RunWith({"audit", "verify", "--circle", circle}).code, 2) << "which file?";
  EXPECT_EQ(RunWith({"audit", "verify", "--circle", circle, path + ".weg"}).code, 4);
  // A proof needs the record and a key.
  EXPECT_EQ(RunWith({"audit", "verify", "--proof", path}).code, 2);
  EXPECT_EQ(RunWith({"audit", "verify", "--proof", path, "--record", path}).code, 2);
  EXPECT_EQ(RunWith({"audit", "verify", "--proof", path, "--record", path, "--key",
                     "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"})
                .code,
            1);
  EXPECT_THAT(RunWith({"completion", "bash"}).out, HasSubstr(" files=-f ;;"));
}

// The file of tests/services/audit/verify/golden_test.cc.
TEST_F(AppTest, ABundleOfLongAgoIsStillTaken) {
  const std::string file = "tests/services/audit/verify/golden/version-1.bundle";
  const std::string circle = "5d68b81234ee68c2e13289ab0fedf9ca497bdad82ee4e9b794f25bf7a539d127";
  const Result taken = RunWith({"audit", "verify", "--circle", circle, file});
  EXPECT_EQ(taken.code, 0) << taken.err;
  EXPECT_THAT(taken.out, HasSubstr("Het bewijs klopt."));
  const Result other = RunWith({"audit", "verify", "--circle", "00" + circle.substr(2), file});
  EXPECT_EQ(other.code, 1) << other.out;
}

TEST_F(AppTest, ProfilesAreAddedListedAndRemoved) {
  const std::string path = ::testing::TempDir() + "/app-profiles/profiles.yaml";
  std::filesystem::remove(path);
  variables_["POOLCIRKEL_PROFILES"] = path;
  EXPECT_EQ(RunWith({"profile", "add", "rotterdam", "--address", "127.0.0.1:7101"}).code, 0);
  EXPECT_EQ(RunWith({"profile", "list", "--names"}).out, "rotterdam\n");
  EXPECT_EQ(RunWith({"profile", "add", "a b", "--address", "x:1"}).code, 2);
  // From a file of profiles in another folder than the one worked in.
  EXPECT_EQ(
      RunWith({"profile", "add", "hier", "--address", "x:1", "--certificate", "api.pem"}).code, 0);
  EXPECT_THAT(RunWith({"profile", "list"}).out,
              HasSubstr((std::filesystem::current_path() / "api.pem").string()));
  EXPECT_EQ(RunWith({"profile", "remove", "rotterdam"}).code, 0);
  EXPECT_EQ(RunWith({"profile", "remove", "rotterdam"}).code, 4);
}

// A service that answers what the test says, over TLS as a node does.
class Assignments final : public api::AssignmentService::Service {
 public:
  grpc::Status Publish(grpc::ServerContext* context, const api::PublishAssignmentRequest* request,
                       api::PublishAssignmentResponse* response) override {
    const auto& metadata = context->client_metadata();
    const auto found = metadata.find("authorization");
    if (found == metadata.end() || found->second != "Bearer geheim") {
      return rpc::ToGrpc(
          base::Refusal(absl::StatusCode::kUnauthenticated, "TOKEN_UNKNOWN", "wie is dit?"));
    }
    request_ids.push_back(request->header().request_id());
    if (refusals > 0) {
      --refusals;
      return rpc::ToGrpc(base::Refusal(absl::StatusCode::kAborted, "BUSY", "even wachten")
                             .Retry(absl::ZeroDuration()));
    }
    if (request->assignment().seats() == 99) {
      return rpc::ToGrpc(base::InvalidField("assignment.minutes_per_week", "te veel"));
    }
    received = *request;
    response->mutable_receipt()->set_id("0190a6e4-3f1c-7abc-8def-0123456789ab");
    return grpc::Status::OK;
  }

  std::vector<std::string> request_ids;
  api::PublishAssignmentRequest received;
  int refusals = 0;
};

class Circles final : public api::CircleService::Service {
 public:
  grpc::Status List(grpc::ServerContext*, const api::ListCirclesRequest*,
                    api::ListCirclesResponse* response) override {
    response->add_circles()->set_short_name("randstad");
    response->add_circles()->set_suspended(true);
    response->add_circles()->set_joining(true);
    return grpc::Status::OK;
  }
};

class NodeTest : public AppTest {
 protected:
  NodeTest() : folder_(::testing::TempDir() + "/cli-node") {
    std::filesystem::create_directories(folder_);
    crypto::CertificateRequest request;
    request.organisation = "Gemeente Rotterdam";
    request.oin = "99999999100000002000";
    request.ip_addresses = {"127.0.0.1"};
    request.not_before = clock_.Now() - absl::Hours(1);
    request.not_after = clock_.Now() + absl::Hours(1);
    const auto identity = crypto::MakeCertificate(request);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", rpc::ApiServerCredentials(*identity), &port);
    builder.RegisterService(&assignments_);
    builder.RegisterService(&circles_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
    std::ofstream(folder_ + "/api.pem") << identity->certificate_pem;
    std::ofstream(folder_ + "/token") << "geheim\n";
  }

  std::vector<std::string> Publish(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"assignment",    "publish",
                                          "--address",     address_,
                                          "--certificate", folder_ + "/api.pem",
                                          "--token-file",  folder_ + "/token",
                                          "--circle",      "randstad",
                                          "--title",       "Proef",
                                          "--place",       "Rotterdam@51.9,4.3",
                                          "--start",       "1-12-2026",
                                          "--end",         "31-12-2026",
                                          "--hours",       "24u",
                                          "--rate",        "92,50"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  const std::string folder_;
  Assignments assignments_;
  Circles circles_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(NodeTest, SendsWhatPeopleWrote) {
  const Result result = RunWith(Publish({"--mandate", "besluit directie"}));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto& assignment = assignments_.received.assignment();
  EXPECT_EQ(assignment.start_date(), "2026-12-01");
  EXPECT_EQ(assignment.minutes_per_week(), 1440);
  EXPECT_EQ(assignment.tariff().eurocents_per_hour(), 9250);
  EXPECT_EQ(assignment.seats(), 1);
  EXPECT_EQ(assignments_.received.header().circle(), "randstad");
  EXPECT_EQ(assignments_.received.header().mandate(), "besluit directie");
  EXPECT_THAT(result.out, HasSubstr("id  0190a6e4-3f1c-7abc-8def-0123456789ab\n"));
}

TEST_F(NodeTest, CirclesAreListedWithWhereThisMemberStands) {
  const Result result = RunWith({"circle", "list", "--address", address_, "--certificate",
                                 folder_ + "/api.pem", "--token-file", folder_ + "/token"});
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* stand : {"lid", "geschorst", "wacht op toelating"}) {
    EXPECT_THAT(result.out, HasSubstr(stand));
  }
}

TEST_F(NodeTest, JsonIsTheAnswerItself) {
  const Result result = RunWith(Publish({"--json"}));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, ::testing::StartsWith(R"({"receipt":{"request_id":"")"));
  EXPECT_THAT(result.out, HasSubstr(R"("repeated":false)"));
}

TEST_F(NodeTest, RefusalsDecideTheExitCode) {
  assignments_.refusals = 1;
  const Result refused = RunWith(Publish({}));
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("(BUSY)"));
  assignments_.refusals = 1;
  const Result json = RunWith(Publish({"--json"}));
  EXPECT_EQ(json.code, 3);
  EXPECT_THAT(json.err, ::testing::StartsWith(R"({"error":{"code":"ABORTED","reason":"BUSY")"));
  std::ofstream(folder_ + "/token") << "anders\n";
  EXPECT_EQ(RunWith(Publish({})).code, 5);
}

TEST_F(NodeTest, AFieldIsNamedByItsOption) {
  EXPECT_THAT(RunWith(Publish({"--seats", "99"})).err,
              HasSubstr("ingevuld: --hours (assignment.minutes_per_week): te veel\n"));
  EXPECT_THAT(RunWith(Publish({"--seats", "99", "--json"})).err,
              HasSubstr(R"("field":"assignment.minutes_per_week")"));
}

TEST_F(NodeTest, WaitTriesAgainWithTheSameRequestId) {
  assignments_.refusals = 2;
  const Result result = RunWith(Publish({"--wait", "60"}));
  EXPECT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(assignments_.request_ids.size(), 3u);
  EXPECT_EQ(assignments_.request_ids[0], assignments_.request_ids[2]);
  EXPECT_TRUE(base::FromUuidText(assignments_.request_ids[0]).ok());
}

TEST_F(NodeTest, ANodeWithAnotherCertificateIsNotTrusted) {
  crypto::CertificateRequest request;
  request.organisation = "Vreemde";
  request.oin = "99999999100000009999";
  request.ip_addresses = {"127.0.0.1"};
  request.not_before = clock_.Now() - absl::Hours(1);
  request.not_after = clock_.Now() + absl::Hours(1);
  std::ofstream(folder_ + "/api.pem") << crypto::MakeCertificate(request)->certificate_pem;
  const Result result = RunWith(Publish({"--deadline", "5"}));
  EXPECT_EQ(result.code, 6);
  EXPECT_TRUE(assignments_.request_ids.empty());
}

TEST_F(NodeTest, WrongFilesAndTimesAreNamedBeforeAnythingIsSent) {
  std::ofstream(folder_ + "/key") << "\x01\xff geen token";
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{"--token-file", folder_ + "/key"}, "staat geen token"},
      {{"--token-file", folder_}, "is niet te lezen"},
      {{"--deadline", "0"}, "--deadline: is meer dan 0 seconden"}};
  for (const auto& [more, message] : wrong) {
    std::vector<std::string> arguments = {"assignment", "list",          "--address",
                                          address_,     "--certificate", folder_ + "/api.pem",
                                          "--circle",   "randstad"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = RunWith(arguments);
    EXPECT_EQ(result.code, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr(message));
    EXPECT_THAT(result.err, Not(HasSubstr("\xff")));
  }
}

TEST_F(NodeTest, ATokenIsNotMadeForAPlaceThatCannotBeWritten) {
  for (const std::string& place : {folder_, folder_ + "/weg/token"}) {
    const Result result =
        RunWith({"token", "issue", "--user", "x", "--role", "auditor", "--address", address_,
                 "--certificate", folder_ + "/api.pem", "--circle", "randstad", "--out", place});
    EXPECT_EQ(result.code, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr("--out: "));
  }
  EXPECT_THAT(RunWith({"token", "issue", "--user", "x", "--role", "auditor", "--circle", "randstad",
                       "--days", "0"})
                  .err,
              HasSubstr("--days: ligt tussen 1 en 3650 dagen"));
}

TEST_F(NodeTest, ANodeThatIsGoneIsUnreachable) {
  server_->Shutdown();
  const Result result = RunWith(Publish({"--deadline", "5"}));
  EXPECT_EQ(result.code, 6);
  EXPECT_THAT(result.err, HasSubstr("geen verbinding"));
  EXPECT_THAT(result.err, HasSubstr("Wat nu:"));
}

}  // namespace
}  // namespace services::cli
