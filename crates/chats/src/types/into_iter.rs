//! Pages of lists can stand in a `for` loop.

use super::{ChatImageList, ChatSession, ImageId, ImageReference, ImageSearchResults, SessionList};

macro_rules! iterates {
    ($list:ident, $items:ident, $item:ident) => {
        impl IntoIterator for $list {
            type Item = $item;
            type IntoIter = std::vec::IntoIter<$item>;

            fn into_iter(self) -> Self::IntoIter {
                self.$items.into_iter()
            }
        }

        impl<'a> IntoIterator for &'a $list {
            type Item = &'a $item;
            type IntoIter = std::slice::Iter<'a, $item>;

            fn into_iter(self) -> Self::IntoIter {
                self.$items.iter()
            }
        }
    };
}

iterates!(SessionList, items, ChatSession);
iterates!(ChatImageList, image_ids, ImageId);
iterates!(ImageSearchResults, items, ImageReference);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_walked_by_value_and_by_reference() {
        let list: ChatImageList = serde_json::from_value(serde_json::json!({
            "image_ids": [uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2)],
            "total_count": 2, "has_more": false,
        }))
        .unwrap();
        let mut seen = Vec::new();
        for id in &list {
            seen.push(*id);
        }
        assert_eq!(seen, list.into_iter().collect::<Vec<_>>());
        assert_eq!(seen.len(), 2);
    }
}
