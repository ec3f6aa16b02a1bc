// Certificates for tests, made on the spot and gone with the test.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace gantry::remoting::testing {

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "gantry-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// A key and its certificate, signed by `signer` or by itself.
class MadeCertificate {
 public:
  explicit MadeCertificate(const char* name, const MadeCertificate* signer = nullptr)
      : key_(EVP_EC_gen("P-256")), x509_(X509_new()) {
    X509_set_version(x509_.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509_.get()), signer == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(x509_.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509_.get()), 3600);
    X509_set_pubkey(x509_.get(), key_.get());
    auto* subject = X509_get_subject_name(x509_.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1,
                               -1, 0);
    const auto* issuer = signer == nullptr ? this : signer;
    X509_set_issuer_name(x509_.get(), X509_get_subject_name(issuer->x509_.get()));
    add_extension(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    if (signer == nullptr) add_extension(NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(x509_.get(), issuer->key_.get(), EVP_sha256());
  }

  void write(const std::filesystem::path& certificate, const std::filesystem::path& key) const {
    const File to_certificate(std::fopen(certificate.c_str(), "w"), &std::fclose);
    PEM_write_X509(to_certificate.get(), x509_.get());
    const File to_key(std::fopen(key.c_str(), "w"), &std::fclose);
    PEM_write_PrivateKey(to_key.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

  void add_extension(int kind, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(x509_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* x509) const { X509_free(x509); }
  };
  std::unique_ptr<EVP_PKEY, Free> key_;
  std::unique_ptr<X509, Free> x509_;
};

}  // namespace gantry::remoting::testing
