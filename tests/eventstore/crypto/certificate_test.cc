#include "eventstore/crypto/certificate.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "eventstore/base/errors.h"

namespace eventstore::crypto {
namespace {

std::string ReadText(const std::string& name) {
  std::ifstream file("tests/eventstore/crypto/certificates/" + name);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << "run in the folder of the source; no " << name;
  return text.str();
}

absl::Time Utc(int year, int month, int day, int hour, int minute, int second) {
  return absl::FromCivil(absl::CivilSecond(year, month, day, hour, minute, second),
                         absl::UTCTimeZone());
}

CertificateRequest Request() {
  CertificateRequest request;
  request.organisation = "Gemeente Súdwest-Fryslân";
  request.oin = "00000001001299992000";
  request.dns_names = {"localhost", "node.example"};
  request.ip_addresses = {"127.0.0.1", "::1"};
  request.not_before = Utc(2026, 1, 1, 0, 0, 0);
  request.not_after = Utc(2055, 12, 31, 23, 59, 59);  // beyond what UTCTime can say
  return request;
}

TEST(ParseCertificate, ReadsOneMadeElsewhere) {
  const auto certificate = ParseCertificate(ReadText("member.pem"));
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_EQ(certificate->organisation, "Gemeente 's-Gravenhage");
  EXPECT_EQ(certificate->oin, "00000001001299992000");
  EXPECT_EQ(base::ToHex(certificate->key_hash.view()),
            "34bc08ea64d61eb17989130281b144c7cc008a4717d38a35c35978fb3ca947cc");
  EXPECT_EQ(certificate->not_before, Utc(2026, 11, 20, 23, 22, 34));
  EXPECT_EQ(certificate->not_after, Utc(2027, 11, 20, 23, 22, 34));
}

TEST(ParseCertificate, ReadsTheFirstOfSeveral) {
  const auto certificate = ParseCertificate(ReadText("member.pem") + ReadText("no_oin.pem"));
  ASSERT_TRUE(certificate.ok());
  EXPECT_EQ(certificate->organisation, "Gemeente 's-Gravenhage");
}

TEST(ParseCertificate, RefusesASubjectThatIsNoMember) {
  for (const char* name : {"no_organisation.pem", "no_oin.pem", "two_organisations.pem",
                           "short_oin.pem", "letter_in_oin.pem"}) {
    EXPECT_EQ(ParseCertificate(ReadText(name)).status().code(), absl::StatusCode::kInvalidArgument)
        << name;
  }
}

TEST(ParseCertificate, RefusesWhatIsNoCertificate) {
  const std::string pem = ReadText("member.pem");
  const auto made = MakeCertificate(Request());
  ASSERT_TRUE(made.ok());
  for (const std::string& text :
       {std::string(), std::string("certificaat"), std::string(1000, '\0'), made->private_key_pem,
        pem.substr(0, pem.size() / 2), pem.substr(40), std::string(65537, '-'),
        std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")}) {
    EXPECT_EQ(ParseCertificate(text).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(ParseCertificate, SurvivesEveryDamagedByte) {
  const std::string pem = ReadText("member.pem");
  for (size_t i = 0; i < pem.size(); ++i) {
    for (const char other : {'A', '/', '\n', '\0', '\xff'}) {
      std::string damaged = pem;
      damaged[i] = other;
      const auto certificate = ParseCertificate(damaged);  // either is fine, a crash is not
      if (!certificate.ok()) {
        EXPECT_EQ(certificate.status().code(), absl::StatusCode::kInvalidArgument);
      }
    }
  }
}

TEST(MakeCertificate, MakesWhatParseCertificateReads) {
  const CertificateRequest request = Request();
  const auto made = MakeCertificate(request);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->private_key_pem.rfind("-----BEGIN PRIVATE KEY-----\n", 0), 0U);
  const auto certificate = ParseCertificate(made->certificate_pem);
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_EQ(certificate->organisation, request.organisation);
  EXPECT_EQ(certificate->oin, request.oin);
  EXPECT_EQ(certificate->not_before, request.not_before);
  EXPECT_EQ(certificate->not_after, request.not_after);
}

TEST(MakeCertificate, MakesANewKeyEachTime) {
  const auto first = MakeCertificate(Request());
  const auto second = MakeCertificate(Request());
  EXPECT_NE(ParseCertificate(first->certificate_pem)->key_hash,
            ParseCertificate(second->certificate_pem)->key_hash);
}

TEST(MakeCertificate, NamesEveryFieldThatIsWrong) {
  CertificateRequest request;
  request.oin = "123";
  request.dns_names = {"a b"};
  const auto made = MakeCertificate(request);
  ASSERT_EQ(made.status().code(), absl::StatusCode::kInvalidArgument);
  std::vector<std::string> fields;
  for (const auto& [field, rule] : base::DetailsOf(made.status()).field_violations) {
    fields.push_back(field);
  }
  EXPECT_EQ(fields, (std::vector<std::string>{"organisation", "oin", "dns_names", "not_after"}));
}

TEST(MakeCertificate, RefusesOneWrongField) {
  const auto refused = [](auto change) {
    CertificateRequest request = Request();
    change(request);
    const auto made = MakeCertificate(request);
    return made.ok() ? std::string("made")
                     : base::DetailsOf(made.status()).field_violations.at(0).first;
  };
  EXPECT_EQ(refused([](auto& r) { r.organisation = std::string(65, 'x'); }), "organisation");
  EXPECT_EQ(refused([](auto& r) { r.organisation = "a\nb"; }), "organisation");
  EXPECT_EQ(refused([](auto& r) { r.organisation = "\xff\xfe"; }), "organisation");
  EXPECT_EQ(refused([](auto& r) { r.dns_names = {std::string("a\0b", 3)}; }), "dns_names");
  EXPECT_EQ(refused([](auto& r) { r.dns_names.assign(40, "a.example"); }), "dns_names");
  EXPECT_EQ(refused([](auto& r) { r.ip_addresses = {"300.1.1.1"}; }), "ip_addresses");
  EXPECT_EQ(refused([](auto& r) { r.ip_addresses = {"localhost"}; }), "ip_addresses");
  EXPECT_EQ(refused([](auto& r) { r.not_after = r.not_before; }), "not_after");
  EXPECT_EQ(refused([](auto& r) { r.not_after = absl::InfiniteFuture(); }), "not_after");
}

}  // namespace
}  // namespace eventstore::crypto
