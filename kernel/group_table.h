// api::Groups over the metadata's entries. The value of an entry is the group as Apache writes it in
// subscriptionGroup.json, so that an operator can read the database.
#pragma once

#include "kernel/api/groups.h"
#include "kernel/named_table.h"
#include "remoting/bodies/subscription_group.h"

namespace gantry::kernel {

remoting::SubscriptionGroupConfig to_wire(const api::Group& group);
// Refused: the name is none.
Result<api::Group> from_wire(const remoting::SubscriptionGroupConfig& config);

struct GroupCodec {
  static constexpr std::string_view kSpace = space::kGroups;
  static std::string encode(const api::Group& group);
  static Result<api::Group> decode(std::string_view key, std::string_view text);
};

class GroupTable final : public api::Groups {
 public:
  using Objects = NamedTable<api::Group, GroupCodec>;

  explicit GroupTable(const api::Clock& clock) : objects_(clock) {}
  // Before the first put().
  void write_with(MetadataWriter& writer) { writer_ = &writer; }
  Objects& objects() { return objects_; }

  std::shared_ptr<const api::Group> find(std::string_view name) const override { return objects_.find(name); }
  std::vector<std::shared_ptr<const api::Group>> all() const override { return objects_.all(); }
  std::size_t count() const override { return objects_.count(); }
  api::TableVersion version() const override { return objects_.version(); }
  void put(api::Group group, api::Completion<void> done) override {
    objects_.put(*writer_, std::move(group), std::move(done));
  }
  void remove(const api::GroupName& name, api::Completion<void> done) override {
    objects_.remove(*writer_, name, std::move(done));
  }

 private:
  Objects objects_;
  MetadataWriter* writer_ = nullptr;
};

}  // namespace gantry::kernel
