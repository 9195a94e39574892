"""What several resources share: access rules, stored files, texts and passwords."""
