use lakebed_core::EventKind;
use lakebed_storage::{Acl, DeleteObject, PutObject, Tags, Versioning};

use crate::bed::{Bed, key, lake};

#[tokio::test]
async fn every_change_is_told_under_the_name_s3_gives_it() {
    let bed = Bed::new().await;
    let mut events = bed.platform.events.subscribe();
    let by_form = PutObject {
        by_form: true,
        ..PutObject::default()
    };
    bed.put_with("k", "1", by_form).await.unwrap();
    for tags in [Tags::parse_header("a=b").unwrap(), Tags::default()] {
        bed.storage
            .change_object(&lake(), &key("k"), None, move |object| {
                object.properties.tags = tags;
                Ok(())
            })
            .await
            .unwrap();
    }
    bed.storage
        .change_object(&lake(), &key("k"), None, |object| {
            object.properties.acl = Some(Acl::private(&"0".repeat(64)));
            Ok(())
        })
        .await
        .unwrap();
    bed.storage
        .change_bucket_settings(&lake(), |settings| {
            settings.versioning = Versioning::Enabled;
            Ok(())
        })
        .await
        .unwrap();
    bed.put("k", "2").await;
    let marker = bed.delete_with("k", DeleteObject::default()).await.unwrap();
    let delete = DeleteObject {
        version: marker.version.clone(),
        ..DeleteObject::default()
    };
    bed.delete_with("k", delete).await.unwrap();

    let mut told = Vec::new();
    let mut sequencers = Vec::new();
    while let Ok(event) = events.try_recv() {
        let EventKind::Object(event) = &event.kind else {
            panic!("not of an object: {event:?}");
        };
        sequencers.push(event.sequencer);
        told.push((event.change.name(), event.version.is_some()));
    }
    let expected = [
        ("ObjectCreated:Post", false),
        ("ObjectTagging:Put", false),
        ("ObjectTagging:Delete", false),
        ("ObjectAcl:Put", false),
        ("ObjectCreated:Put", true),
        ("ObjectRemoved:DeleteMarkerCreated", true),
        ("ObjectRemoved:Delete", true),
    ];
    assert_eq!(told, expected);
    assert!(sequencers.is_sorted_by(|left, right| left < right));
}
