// Administration of access rules, as 4.9 has it.
#pragma once

#include <optional>
#include <string_view>

namespace gantry::remoting {

// UPDATE_AND_CREATE_ACL_CONFIG.
struct UpdateAclConfigRequestHeader {
  std::string_view access_key;
  std::optional<std::string_view> secret_key = {};
  std::optional<std::string_view> white_remote_address = {};
  bool admin = false;
  std::optional<std::string_view> default_topic_perm = {};
  std::optional<std::string_view> default_group_perm = {};
  std::optional<std::string_view> topic_perms = {};  // name=PUB|SUB, with commas
  std::optional<std::string_view> group_perms = {};  // likewise

  static constexpr void wire(auto& h, auto&& field) {
    field("accessKey", h.access_key);
    field("secretKey", h.secret_key);
    field("whiteRemoteAddress", h.white_remote_address);
    field("admin", h.admin, {.defaulted = true});
    field("defaultTopicPerm", h.default_topic_perm);
    field("defaultGroupPerm", h.default_group_perm);
    field("topicPerms", h.topic_perms);
    field("groupPerms", h.group_perms);
  }
};

struct DeleteAclConfigRequestHeader {
  std::string_view access_key;

  static constexpr void wire(auto& h, auto&& field) { field("accessKey", h.access_key); }
};

struct GetBrokerClusterAclInfoResponseHeader {
  std::string_view version;                                   // the DataVersion, as JSON
  std::optional<std::string_view> all_acl_file_version = {};  // JSON: file to DataVersion
  std::string_view broker_name;
  std::string_view broker_addr;
  std::string_view cluster_name;

  static constexpr void wire(auto& h, auto&& field) {
    field("version", h.version);
    field("allAclFileVersion", h.all_acl_file_version);
    field("brokerName", h.broker_name);
    field("brokerAddr", h.broker_addr);
    field("clusterName", h.cluster_name);
  }
};

struct UpdateGlobalWhiteAddrsConfigRequestHeader {
  std::string_view global_white_addrs;  // with commas
  std::string_view acl_file_full_path;

  static constexpr void wire(auto& h, auto&& field) {
    field("globalWhiteAddrs", h.global_white_addrs);
    field("aclFileFullPath", h.acl_file_full_path);
  }
};

}  // namespace gantry::remoting
