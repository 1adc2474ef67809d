//! The course of one subscription: waiting, reading, delivering, until it ends.
//!
//! However much happens while one delivery is read and sent, what waits is one position: the next delivery shows the
//! state of then. Pitfall: whether there is something to tell is asked under the rights of that moment, and an event
//! about what the viewer may not see must leave no trace, not even an empty delivery.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use rules::kit::error_code::ErrorCode;
use uuid::Uuid;

use super::listening::TOGETHER;
use super::{Ear, Follow, Given, Listening, Live, Source, Subscription, delivery_name};
use crate::access::Viewer;
use crate::acting::{Acting, Moving, Shared};
use crate::events::{self, Interest};
use crate::graph::{
    self, CondFn, Document, Fragment, Graph, Json, Reading, ReadingLog, Scene, Selected, Step,
    Type, known_among,
};
use crate::kit::error::{Error, Result};
use crate::kit::ids;

/// How often rights are looked at that no event told of.
const LOOK: Duration = Duration::from_secs(1);

/// Why a subscription looks whether there is something to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// It begins.
    First,
    /// It goes on from a cursor.
    Resumed,
    /// It heard of something, up to this position.
    Heard(i64),
    /// Rights may have changed.
    Rights,
}

/// One subscription on its way.
pub struct Course<'a> {
    listening: Arc<Listening>,
    graph: &'static Graph,
    name: &'static str,
    subscription: &'static Subscription,
    document: Document<'a>,
    selected: Selected<'a>,
    object: Option<Uuid>,
    ear: Ear,
    seen: i64,
    shown: Option<u64>,
    begins: Option<Why>,
    shared: Arc<Shared>,
    moving: Arc<Moving>,
    /// As whom it was read the last time.
    viewer: Viewer,
    ended: bool,
}

/// Readings of a delivery that is not sent yet, and perhaps never: it may show nothing new.
#[derive(Default)]
struct Unsent(Mutex<Vec<Reading>>);

impl ReadingLog for Unsent {
    fn table(&self) -> &'static str {
        // Nothing is written before the delivery was read.
        ""
    }

    fn record(&self, _: &Scene, readings: Vec<Reading>) -> BoxFuture<'static, Result<()>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(readings);
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Unsent {
    fn take(&self) -> Vec<Reading> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<'a> Course<'a> {
    /// Begins to listen.
    ///
    /// # Errors
    /// `BAD_REQUEST` for an argument that is not understood, `CURSOR_TOO_OLD`, and when the database fails.
    pub async fn begin(
        listening: Arc<Listening>,
        graph: &'static Graph,
        (name, subscription): (&'static str, &'static Subscription),
        document: Document<'a>,
        selected: Selected<'a>,
    ) -> Result<Self> {
        let acting = listening.acting()?;
        let args = document.args(selected.field);
        let object = match subscription.follow {
            Follow::Object(ty) => {
                let prefix = graph.types.get(ty).and_then(|ty| ty.rows());
                let prefix = prefix.map_or("", |(_, prefix, _)| prefix);
                let id = ids::decode(prefix, args.text("id").unwrap_or_default());
                Some(id.map_err(|e| Error::api(ErrorCode::BadRequest, format!("id: {e}")))?)
            }
            Follow::State(_) | Follow::Each { .. } => None,
        };
        let interest = match (&subscription.follow, object) {
            (Follow::State(hears), _) => Interest::Kinds(hears(&acting.shared.catalogue)),
            (Follow::Each { verbs, .. }, _) => Interest::Verbs(verbs),
            (Follow::Object(_), id) => Interest::Object(id.unwrap_or_default()),
        };
        // Listening comes first: what happens from here on is heard, what happened before is read.
        let ear = listening.live.hub.listen(interest);
        let (seen, begins) = match args.text("after") {
            None => (ear.from, Why::First),
            Some(cursor) => {
                let at = listening.live.cursors.open(acting.employee(), cursor);
                let at = at.ok_or_else(|| {
                    let message = "after: this is no cursor of yours: subscribe without it";
                    Error::api(ErrorCode::BadRequest, message)
                })?;
                if let Follow::Each { .. } = subscription.follow {
                    recall(&listening.live, &acting, &ear, at).await?;
                }
                (at, Why::Resumed)
            }
        };
        Ok(Self {
            listening,
            graph,
            name,
            subscription,
            document,
            selected,
            object,
            seen,
            ear,
            shown: None,
            begins: Some(begins),
            moving: acting.shared.moving(),
            shared: acting.shared,
            viewer: acting.viewer,
            ended: false,
        })
    }

    /// The next delivery with the number of statements it took, when there is one; `None` at the end.
    ///
    /// # Errors
    /// When the token has ended and when the database fails; nothing comes after that.
    pub async fn next(&mut self) -> Result<Option<(Fragment, usize)>> {
        let live = self.listening.live.clone();
        while !self.ended {
            let why = match self.begins.take() {
                Some(why) => why,
                None => self.wait().await,
            };
            let _turn = live.turns.take(self.viewer.subject.employee).await;
            let acting = self.listening.acting().inspect_err(|_| self.ended = true)?;
            self.moving = acting.shared.moving();
            let before = std::mem::replace(&mut self.viewer, acting.viewer.clone());
            if why == Why::Rights && same_rights(&before, &self.viewer) {
                // Somebody else's rights have changed.
                continue;
            }
            let unsent = Arc::<Unsent>::default();
            let mut scene = acting.scene();
            let log = std::mem::replace(&mut scene.readings, unsent.clone());
            let looked = self.look(&acting, &scene, why).await;
            let found = looked.inspect_err(|_| self.ended = true)?;
            if let Some(fragment) = found {
                let readings = unsent.take();
                if !readings.is_empty() {
                    // LKP-5: the log stands before the delivery leaves, and says nothing of what does not.
                    let recorded = log.record(&scene, readings).await;
                    recorded.inspect_err(|_| self.ended = true)?;
                }
                return Ok(Some((fragment, scene.statements())));
            }
        }
        Ok(None)
    }

    async fn wait(&self) -> Why {
        loop {
            if self.ear.last() > self.seen {
                // A bulk of five hundred events is one reading.
                tokio::time::sleep(self.listening.live.gather).await;
                return Why::Heard(self.ear.last());
            }
            tokio::select! {
                () = self.ear.hear() => {}
                () = tokio::time::sleep(LOOK) => {
                    // A role that begins or ends with a day moves no snapshot; it is noticed with the next event.
                    let (now, then) = (self.shared.moving(), &self.moving);
                    let same_people = Arc::ptr_eq(&now.directory, &then.directory);
                    if !(same_people && Arc::ptr_eq(&now.table, &then.table)) {
                        return Why::Rights;
                    }
                }
            }
        }
    }

    /// Looks whether there is something to deliver.
    async fn look(&mut self, acting: &Acting, scene: &Scene, why: Why) -> Result<Option<Fragment>> {
        if let Follow::Each { ty, whose, .. } = self.subscription.follow {
            return self.look_at_each(acting, scene, why, (ty, whose)).await;
        }
        if let Why::Heard(upto) = why {
            self.seen = upto;
        }
        let mut objects = Vec::new();
        if let (Follow::Object(ty), Some(id)) = (&self.subscription.follow, self.object) {
            objects = known_among(scene, self.ty(ty)?, &[id], None).await?;
            self.ended = objects.is_empty();
        }
        let (fragment, shown) = self.delivery(acting, scene, &objects).await?;
        let same = self.shown.replace(shown) == Some(shown);
        Ok(Some(fragment).filter(|_| !same))
    }

    fn ty(&self, name: &str) -> Result<&'static Type> {
        let ty = self.graph.types.get(name);
        ty.ok_or_else(|| Error::internal(format!("{} follows no type", self.name)))
    }

    async fn look_at_each(
        &mut self,
        acting: &Acting,
        scene: &Scene,
        why: Why,
        (ty, whose): (&str, CondFn),
    ) -> Result<Option<Fragment>> {
        let upto = match why {
            Why::First => {
                let (fragment, _) = self.delivery(acting, scene, &[]).await?;
                return Ok(Some(fragment));
            }
            Why::Resumed | Why::Rights => return Ok(None),
            Why::Heard(upto) => upto,
        };
        let conn = &acting.db.read;
        scene.count_statement();
        let heard = events::heard(conn, &self.ear.interest, self.seen, upto, TOGETHER).await?;
        let upto = match heard.last() {
            Some((last, _)) if heard.len() as u64 == TOGETHER => *last,
            _ => upto,
        };
        let mut objects: Vec<Uuid> = heard.iter().filter_map(|(_, object)| *object).collect();
        objects.sort_unstable();
        objects.dedup();
        if !objects.is_empty() {
            objects = known_among(scene, self.ty(ty)?, &objects, Some(whose)).await?;
        }
        let told = objects.into_iter().collect();
        let (objects, seen) = cut(&heard, &told, self.listening.budget.together(), upto);
        self.seen = seen;
        if objects.is_empty() {
            return Ok(None);
        }
        let (fragment, _) = self.delivery(acting, scene, &objects).await?;
        Ok(Some(fragment))
    }

    /// Writes a delivery about these objects; for one that follows an object, none says that it is not visible. Gives a
    /// number too that is the same when all but the cursor is.
    async fn delivery(
        &self,
        acting: &Acting,
        scene: &Scene,
        objects: &[Uuid],
    ) -> Result<(Fragment, u64)> {
        let type_name = delivery_name(self.name);
        let mut json = Json::at(self.selected.key);
        let mut spoils = false;
        let (mut shown, mut hashed) = (DefaultHasher::new(), 0);
        let fields = self.document.collect(&self.selected.sets, &type_name);
        json.begin_object();
        for (i, field) in fields.iter().enumerate() {
            json.begin_field(field.key, i == 0);
            match field.name {
                "__typename" => json.text(&type_name),
                "cursor" => {
                    let cursors = &self.listening.live.cursors;
                    shown.write(json.out.get(hashed..).unwrap_or_default());
                    json.text(&cursors.seal(acting.employee(), self.seen));
                    hashed = json.out.len();
                }
                "noLongerVisible" => {
                    let gone = objects.is_empty().to_string();
                    json.out.extend_from_slice(gone.as_bytes());
                }
                name => {
                    let given = self.subscription.gives.iter().find(|g| g.name == name);
                    let given =
                        given.ok_or_else(|| Error::internal(format!("{name} is not given")))?;
                    spoils |= self.give(scene, given, field, objects, &mut json).await?;
                }
            }
        }
        json.end_object();
        shown.write(json.out.get(hashed..).unwrap_or_default());
        shown.write(format!("{:?}", json.errors).as_bytes());
        if spoils {
            json.out = b"null".to_vec();
        }
        let fragment = Fragment {
            json: json.out,
            errors: json.errors,
            spoils,
        };
        Ok((fragment, shown.finish()))
    }

    /// Writes one field; gives whether a null stands where none may be.
    async fn give(
        &self,
        scene: &Scene,
        given: &Given,
        field: &Selected<'a>,
        objects: &[Uuid],
        json: &mut Json<'a>,
    ) -> Result<bool> {
        let ty = match self.subscription.follow {
            Follow::Object(ty) | Follow::Each { ty, .. } => ty,
            Follow::State(_) => "",
        };
        match (given.source, objects.first()) {
            (Source::Object, None) => json.out.extend_from_slice(b"null"),
            (Source::Object, Some(id)) => {
                graph::read_back(self.graph, scene, &self.document, field, ty, *id, json).await?;
            }
            (Source::Objects, _) => {
                graph::read_several(self.graph, scene, &self.document, field, ty, objects, json)
                    .await?;
            }
            (Source::Root(root), _) => {
                let as_root = Selected {
                    key: field.key,
                    name: root,
                    field: field.field,
                    pos: field.pos,
                    sets: field.sets.clone(),
                };
                let read = graph::answer(self.graph, scene, &self.document, &as_root).await?;
                json.out.extend_from_slice(&read.json);
                for mut error in read.errors {
                    error
                        .path
                        .insert(0, Step::Key(self.selected.key.to_owned()));
                    json.errors.push(error);
                }
                return Ok(read.spoils);
            }
        }
        Ok(false)
    }
}

/// Whether two readers may read the same.
fn same_rights(one: &Viewer, other: &Viewer) -> bool {
    one.subject == other.subject && Arc::ptr_eq(&one.table, &other.table)
}

/// The objects of a delivery, in the order of what happened and no more than `most`, and up to where that tells everything:
/// `upto`, or before the first event whose object comes with the next delivery.
fn cut(
    heard: &[(i64, Option<Uuid>)],
    told: &HashSet<Uuid>,
    most: usize,
    upto: i64,
) -> (Vec<Uuid>, i64) {
    let mut objects = Vec::new();
    for (position, object) in heard {
        let new = object.filter(|id| told.contains(id) && !objects.contains(id));
        if let Some(id) = new {
            if objects.len() == most {
                return (objects, position - 1);
            }
            objects.push(id);
        }
    }
    (objects, upto)
}

/// Lets what happened behind a cursor be heard of.
async fn recall(live: &Live, acting: &Acting, ear: &Ear, position: i64) -> Result<()> {
    if ear.from.saturating_sub(position) > live.replay {
        return Err(Error::api(
            ErrorCode::CursorTooOld,
            "after: too much has happened since: read what you need anew and subscribe without it",
        ));
    }
    let conn = &acting.db.read;
    let missed = events::heard(conn, &ear.interest, position, ear.from, 1).await?;
    if !missed.is_empty() {
        ear.recall(ear.from);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_cut_and_what_is_not_told_takes_no_place() {
        let id = Uuid::from_u128;
        let heard: Vec<_> = [(11, 9), (13, 1), (14, 9), (17, 2), (18, 1), (20, 3)]
            .map(|(position, object)| (position, Some(id(object))))
            .into_iter()
            .chain([(21, None)])
            .collect();
        let told = [1, 2, 3].map(id).into_iter().collect();
        let cut = |most| cut(&heard, &told, most, 30);
        assert_eq!(cut(1), (vec![id(1)], 16));
        assert_eq!(cut(2), (vec![id(1), id(2)], 19));
        assert_eq!(cut(3), (vec![id(1), id(2), id(3)], 30));
    }
}
