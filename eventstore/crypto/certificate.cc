#include "eventstore/crypto/certificate.h"

#include <openssl/pem.h>

#include <algorithm>
#include <ctime>

#include "eventstore/base/errors.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/crypto/openssl.h"

namespace eventstore::crypto {
namespace {

using X509Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using ReadTime = std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using AlternativeNames = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;

constexpr size_t kMaximumPemSize = 64 * 1024;
constexpr size_t kOinSize = 20;
constexpr size_t kMaximumOrganisationSize = 200;
constexpr size_t kMaximumDnsNameSize = 253;
constexpr size_t kMaximumAlternativeNames = 32;
constexpr size_t kSerialSize = 16;

absl::Status Malformed(const std::string& what) {
  return absl::InvalidArgumentError("het certificaat deugt niet: " + what);
}

bool IsOin(std::string_view text) {
  return text.size() == kOinSize && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool IsOrganisation(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= kMaximumOrganisationSize &&
         std::none_of(text.begin(), text.end(), is_control);
}

// The only value of a subject field, as UTF-8.
absl::StatusOr<std::string> SubjectField(const X509* certificate, int field, const char* name) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, field, -1);
  if (at < 0) return Malformed(std::string(name) + " ontbreekt");
  if (X509_NAME_get_index_by_NID(subject, field, at) >= 0) {
    return Malformed(std::string(name) + " staat er twee keer");
  }
  uint8_t* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return Malformed(std::string(name) + " is geen tekst");
  std::string value(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  return value;
}

absl::StatusOr<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &broken_down) != 1) {
    return Malformed("de geldigheid is geen tijd");
  }
  return absl::FromTM(broken_down, absl::UTCTimeZone());
}

absl::StatusOr<Digest> KeyHashOf(const X509* certificate) {
  uint8_t* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return Malformed("de sleutel is onleesbaar");
  const Digest hash =
      Sha256(std::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  return hash;
}

// All bytes written to a memory BIO.
std::string Written(const Bio& bio) {
  std::string text(BIO_ctrl_pending(bio.get()), '\0');
  size_t size = 0;
  Require(text.empty() || BIO_read_ex(bio.get(), text.data(), text.size(), &size) == 1,
          "memory cannot be read");
  return text;
}

bool IsDnsName(const std::string& name) {
  constexpr char kAllowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
  return !name.empty() && name.size() <= kMaximumDnsNameSize &&
         name.find_first_not_of(kAllowed) == std::string::npos;
}

absl::Status CheckRequest(const CertificateRequest& request) {
  std::vector<absl::Status> found;
  if (!IsOrganisation(request.organisation)) {
    found.push_back(base::InvalidField("organisation", "een naam zonder stuurtekens"));
  }
  if (!IsOin(request.oin)) found.push_back(base::InvalidField("oin", "een OIN heeft 20 cijfers"));
  if (request.dns_names.size() + request.ip_addresses.size() > kMaximumAlternativeNames) {
    found.push_back(base::InvalidField("dns_names", "hoogstens 32 namen en adressen"));
  }
  for (const std::string& name : request.dns_names) {
    if (!IsDnsName(name)) {
      found.push_back(base::InvalidField("dns_names", "letters, cijfers, streepjes en punten"));
    }
  }
  if (request.not_after <= request.not_before) {
    found.push_back(base::InvalidField("not_after", "het einde ligt na het begin"));
  }
  return base::Join(found);
}

// Adds a name that the list then owns.
void AddName(GENERAL_NAMES* names, int type, ASN1_STRING* value) {
  GENERAL_NAME* const name = GENERAL_NAME_new();
  Require(name != nullptr && value != nullptr, "no memory for a name");
  GENERAL_NAME_set0_value(name, type, value);
  Require(sk_GENERAL_NAME_push(names, name) > 0, "no memory for a name");
}

absl::Status AddAlternativeNames(X509* certificate, const CertificateRequest& request) {
  const AlternativeNames names(GENERAL_NAMES_new());
  Require(names != nullptr, "no memory for names");
  for (const std::string& dns_name : request.dns_names) {
    ASN1_IA5STRING* const value = ASN1_IA5STRING_new();
    Require(value != nullptr &&
                ASN1_STRING_set(value, dns_name.data(), static_cast<int>(dns_name.size())) == 1,
            "no memory for a name");
    AddName(names.get(), GEN_DNS, value);
  }
  for (const std::string& address : request.ip_addresses) {
    ASN1_OCTET_STRING* const value = a2i_IPADDRESS(address.c_str());
    if (value == nullptr) return base::InvalidField("ip_addresses", "een IPv4- of IPv6-adres");
    AddName(names.get(), GEN_IPADD, value);
  }
  if (sk_GENERAL_NAME_num(names.get()) == 0) return absl::OkStatus();
  Require(
      X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1,
      "no alternative names");
  return absl::OkStatus();
}

void AddExtension(X509* certificate, int type, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, type, value));
  Require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1,
          "no certificate extension");
}

void SetSerial(X509* certificate) {
  std::string random = SystemEntropy().Bytes(kSerialSize);
  random[0] = static_cast<char>((random[0] & 0x3f) | 0x40);  // positive, of fixed length
  const std::unique_ptr<BIGNUM, Freer<BN_free>> number(
      BN_bin2bn(Bytes(random), static_cast<int>(random.size()), nullptr));
  Require(number != nullptr &&
              BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
          "no serial number");
}

absl::Status SetValidity(X509* certificate, absl::Time not_before, absl::Time not_after) {
  const ReadTime first(ASN1_TIME_set(nullptr, absl::ToTimeT(not_before)));
  const ReadTime last(ASN1_TIME_set(nullptr, absl::ToTimeT(not_after)));
  if (first == nullptr || last == nullptr) {
    return base::InvalidField("not_after", "een certificaat kent deze tijden niet");
  }
  Require(X509_set1_notBefore(certificate, first.get()) == 1 &&
              X509_set1_notAfter(certificate, last.get()) == 1,
          "no validity");
  return absl::OkStatus();
}

// Also the issuer, because the certificate is self-signed.
absl::Status SetSubject(X509* certificate, const CertificateRequest& request) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  if (X509_NAME_add_entry_by_NID(subject, NID_organizationName, MBSTRING_UTF8,
                                 Bytes(request.organisation),
                                 static_cast<int>(request.organisation.size()), -1, 0) != 1) {
    return base::InvalidField("organisation", "UTF-8 van hoogstens 64 tekens");
  }
  Require(X509_NAME_add_entry_by_NID(subject, NID_serialNumber, MBSTRING_ASC, Bytes(request.oin),
                                     static_cast<int>(request.oin.size()), -1, 0) == 1 &&
              X509_set_issuer_name(certificate, subject) == 1,
          "no subject");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Certificate> ParseCertificate(std::string_view pem) {
  if (pem.size() > kMaximumPemSize) return Malformed("het is te groot");
  const ErrorMark mark;
  const Bio bio(BIO_new_mem_buf(Bytes(pem), static_cast<int>(pem.size())));
  Require(bio != nullptr, "no memory to read from");
  // No password is ever asked for: an encrypted block is refused.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const X509Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
  if (certificate == nullptr) return Malformed("het is geen X.509 in PEM");
  Certificate parsed;
  ASSIGN_OR_RETURN(parsed.key_hash, KeyHashOf(certificate.get()));
  ASSIGN_OR_RETURN(parsed.organisation,
                   SubjectField(certificate.get(), NID_organizationName, "de organisatie"));
  ASSIGN_OR_RETURN(parsed.oin, SubjectField(certificate.get(), NID_serialNumber, "het OIN"));
  if (!IsOrganisation(parsed.organisation)) return Malformed("de organisatie is geen naam");
  if (!IsOin(parsed.oin)) return Malformed("een OIN heeft 20 cijfers");
  ASSIGN_OR_RETURN(parsed.not_before, TimeOf(X509_get0_notBefore(certificate.get())));
  ASSIGN_OR_RETURN(parsed.not_after, TimeOf(X509_get0_notAfter(certificate.get())));
  return parsed;
}

absl::StatusOr<KeyAndCertificate> MakeCertificate(const CertificateRequest& request) {
  RETURN_IF_ERROR(CheckRequest(request));
  const ErrorMark mark;
  const Key key(EVP_EC_gen("P-256"));
  const X509Certificate certificate(X509_new());
  Require(key != nullptr && certificate != nullptr &&
              X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
              X509_set_pubkey(certificate.get(), key.get()) == 1,
          "no key for a certificate");
  SetSerial(certificate.get());
  RETURN_IF_ERROR(SetValidity(certificate.get(), request.not_before, request.not_after));
  RETURN_IF_ERROR(SetSubject(certificate.get(), request));
  RETURN_IF_ERROR(AddAlternativeNames(certificate.get(), request));
  AddExtension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(certificate.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  AddExtension(certificate.get(), NID_subject_key_identifier, "hash");
  const Bio key_text(BIO_new(BIO_s_mem()));
  const Bio certificate_text(BIO_new(BIO_s_mem()));
  Require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0 && key_text != nullptr &&
              certificate_text != nullptr &&
              PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr) == 1 &&
              PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1,
          "no certificate");
  return KeyAndCertificate{Written(key_text), Written(certificate_text)};
}

}  // namespace eventstore::crypto
