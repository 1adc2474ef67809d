//! Losses at their edges.

use super::*;
use crate::rulebook::{Regulations, Rulebook};

const TERMS: Terms = Terms {
    return_rate: 2_000,
    resale_months: 1,
};

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn yuan(text: &str) -> Fen {
    text.parse().unwrap()
}

fn found<T: std::fmt::Debug>(result: Result<T, Vec<Refusal>>) -> Vec<(Code, String)> {
    let refusals = result.unwrap_err().into_iter();
    refusals.map(|r| (r.code, r.path.join("."))).collect()
}

fn alone(item: Item) -> Fen {
    loss(&[item], TERMS).unwrap().amount().unwrap()
}

fn lot(sales: &[(i64, &str, &str)], actual_loss: Option<&str>) -> Lot {
    let sale = |(quantity, price, sold_on): &(i64, &str, &str)| Sale {
        quantity: *quantity,
        price: yuan(price),
        sold_on: on(sold_on),
    };
    Lot {
        quantity: 100,
        a_grade_price: yuan("10.00"),
        sales: sales.iter().map(sale).collect(),
        actual_loss: actual_loss.map(yuan),
    }
}

#[test]
fn los_1_the_numbers_are_the_rulebooks() {
    let rulebook = Rulebook::new(Regulations::shipped().unwrap(), []).unwrap();
    assert_eq!(Terms::on(&rulebook.on(on("2026-06-01"))).unwrap(), TERMS);
}

#[test]
fn los_1_claim_and_allowance_count_as_they_are() {
    let paid = yuan("1234.56");
    assert_eq!(alone(Item::Claim { paid }), paid);
    assert_eq!(alone(Item::Allowance { allowed: paid }), paid);
}

#[test]
fn los_1_a_return_counts_with_a_fifth_of_its_selling_value() {
    let returned = |quantity, price| Item::Return {
        quantity,
        price: yuan(price),
    };
    assert_eq!(alone(returned(100, "12.50")), yuan("250.00"));
    // 3 × 0.01 × 20 % are 0.6 fen.
    assert_eq!(alone(returned(3, "0.01")), yuan("0.01"));
    assert_eq!(alone(returned(2, "0.01")), yuan("0.00"));
    let half = Terms {
        return_rate: 5_000,
        ..TERMS
    };
    let sheet = loss(&[returned(100, "12.50")], half).unwrap();
    assert_eq!(sheet.amount(), Some(yuan("625.00")));
}

#[test]
fn los_1_a_replacement_counts_at_a_grade_price_and_rework_with_freight_and_scrap() {
    let replaced = Item::Replacement {
        quantity: 7,
        a_grade_price: yuan("3.33"),
    };
    assert_eq!(alone(replaced), yuan("23.31"));
    let reworked = Item::Rework {
        labour: yuan("100.00"),
        freight: yuan("20.00"),
        scrap: yuan("3.00"),
    };
    assert_eq!(alone(reworked), yuan("123.00"));
}

#[test]
fn los_1_a_case_is_the_sum_of_its_items_line_by_line() {
    let items = [
        Item::Claim {
            paid: yuan("100.00"),
        },
        Item::Return {
            quantity: 10,
            price: yuan("50.00"),
        },
        Item::Allowance {
            allowed: yuan("0.01"),
        },
    ];
    let sheet = loss(&items, TERMS).unwrap();
    let steps: Vec<_> = sheet.lines.iter().map(|l| (l.step, l.amount())).collect();
    assert_eq!(
        steps,
        [
            (SheetStep::ClaimLoss, Some(yuan("100.00"))),
            (SheetStep::ReturnLoss, Some(yuan("100.00"))),
            (SheetStep::AllowanceLoss, Some(yuan("0.01"))),
            (SheetStep::TotalLoss, Some(yuan("200.01"))),
        ]
    );
    assert!(sheet.lines.iter().all(|line| line.clause == LOS_1));
    assert_eq!(sheet.lines[3].inputs.len(), 3);
    assert_eq!(items.map(|item| item.kind())[1], LossKind::Return);
}

#[test]
fn los_1_what_is_no_loss_is_refused_where_it_stands() {
    assert_eq!(
        found(loss(&[], TERMS)),
        [(Code::Required, "items".to_owned())]
    );
    let items = [
        Item::Claim { paid: yuan("0.00") },
        Item::Return {
            quantity: 0,
            price: yuan("-0.01"),
        },
        Item::Replacement {
            quantity: MOST_PIECES + 1,
            a_grade_price: yuan("1.00"),
        },
        Item::Replacement {
            quantity: MOST_PIECES,
            a_grade_price: Fen::MAX,
        },
        Item::Rework {
            labour: yuan("-1.00"),
            freight: yuan("-1.00"),
            scrap: yuan("-1.00"),
        },
    ];
    let places = found(loss(&items, TERMS)).into_iter().map(|(code, place)| {
        assert_eq!(code, Code::OutOfRange);
        place
    });
    assert_eq!(
        places.collect::<Vec<_>>(),
        [
            "items.1.quantity",
            "items.1.price",
            "items.2.quantity",
            "items.3",
            "items.4.labour",
            "items.4.freight",
            "items.4.scrap"
        ]
    );
    let huge = [Item::Claim { paid: Fen::MAX }; 2];
    assert_eq!(
        loss(&huge, TERMS).unwrap_err()[0].detail,
        Some(Detail::AmountTooLarge)
    );
}

#[test]
fn los_2_goods_can_be_resold_for_one_month_from_the_verdict() {
    assert_eq!(resale_until(on("2026-06-15"), TERMS), on("2026-07-15"));
    assert_eq!(resale_until(on("2026-01-31"), TERMS), on("2026-02-28"));
    let until = on("2026-07-15");
    let sold = |day| Sale {
        quantity: 1,
        price: yuan("1.00"),
        sold_on: on(day),
    };
    let check = |day, today| check_sale(&lot(&[], None), sold(day), until, on(today));
    assert!(check("2026-07-15", "2026-07-20").is_ok());
    let late = check("2026-07-16", "2026-07-20").unwrap_err();
    assert_eq!(
        (late[0].detail, late[0].clause),
        (Some(Detail::ResaleOver), Some(LOS_2))
    );
    let future = check("2026-07-10", "2026-07-09").unwrap_err();
    assert_eq!(future[0].detail, Some(Detail::FutureDate));
}

#[test]
fn los_2_no_more_is_sold_than_is_left() {
    let lot = lot(&[(60, "8.00", "2026-06-20")], None);
    assert_eq!(lot.left(), 40);
    let sale = |quantity, price| Sale {
        quantity,
        price: yuan(price),
        sold_on: on("2026-06-21"),
    };
    let check = |quantity, price| {
        check_sale(
            &lot,
            sale(quantity, price),
            on("2026-07-15"),
            on("2026-07-01"),
        )
    };
    assert!(check(40, "0.00").is_ok());
    let above = check(41, "1.00").unwrap_err();
    assert_eq!(above[0].detail, Some(Detail::MoreThanLeft));
    assert_eq!(
        found(check(0, "-0.01")),
        [
            (Code::OutOfRange, "quantity".to_owned()),
            (Code::OutOfRange, "price".to_owned())
        ]
    );
}

#[test]
fn los_2_sold_below_a_price_is_the_difference() {
    let until = on("2026-07-15");
    let sold = lot(
        &[(60, "8.00", "2026-06-20"), (40, "9.99", "2026-07-01")],
        None,
    );
    let sheet = final_loss(&[], &[sold], until, on("2026-07-01"), TERMS).unwrap();
    let amounts: Vec<_> = sheet.lines.iter().filter_map(Line::amount).collect();
    assert_eq!(amounts, [yuan("120.00"), yuan("0.40"), yuan("120.40")]);
}

#[test]
fn los_2_sold_at_or_above_a_price_is_no_loss_and_no_gain() {
    let until = on("2026-07-15");
    let sold = lot(
        &[(60, "12.00", "2026-06-20"), (40, "9.00", "2026-07-01")],
        None,
    );
    let sheet = final_loss(&[], &[sold], until, on("2026-07-01"), TERMS).unwrap();
    assert_eq!(sheet.amount(), Some(yuan("40.00")));
    let even = lot(&[(100, "10.00", "2026-06-20")], None);
    let sheet = final_loss(&[], &[even], until, on("2026-07-01"), TERMS).unwrap();
    assert_eq!(sheet.amount(), Some(Fen::ZERO));
}

#[test]
fn los_2_unsold_is_the_actual_loss_with_evidence() {
    let until = on("2026-07-15");
    let rest = |actual| lot(&[(60, "8.00", "2026-06-20")], actual);
    let reckoned = |actual, today| final_loss(&[], &[rest(actual)], until, on(today), TERMS);
    // On the last day they can still be sold, whatever accounting says.
    let early = reckoned(Some("300.00"), "2026-07-15").unwrap_err();
    assert_eq!(
        (early[0].code, early[0].detail, early[0].clause),
        (Code::WrongState, Some(Detail::LossNotFinal), Some(LOS_2))
    );
    assert_eq!(
        found(reckoned(None, "2026-07-16")),
        [(Code::Required, "lots.0.actualLoss".to_owned())]
    );
    let sheet = reckoned(Some("300.00"), "2026-07-16").unwrap();
    assert_eq!(sheet.amount(), Some(yuan("420.00")));
    assert!(!rest(Some("1.00")).is_final(until, until));
    assert!(rest(Some("1.00")).is_final(until, on("2026-07-16")));
    assert!(!rest(None).is_final(until, on("2026-07-16")));
}

#[test]
fn los_2_accounting_gives_evidence_once_the_time_is_over() {
    let until = on("2026-07-15");
    let check = |lot: Lot, actual, today| check_actual_loss(&lot, yuan(actual), until, on(today));
    assert!(check(lot(&[], None), "0.00", "2026-07-16").is_ok());
    let early = check(lot(&[], None), "1.00", "2026-07-15").unwrap_err();
    assert_eq!(early[0].detail, Some(Detail::LossNotFinal));
    let below = check(lot(&[], None), "-0.01", "2026-07-16");
    assert_eq!(found(below), [(Code::OutOfRange, "actualLoss".to_owned())]);
    let all = lot(&[(100, "1.00", "2026-07-01")], None);
    let none_left = check(all, "1.00", "2026-07-16");
    assert_eq!(
        found(none_left),
        [(Code::WrongState, "actualLoss".to_owned())]
    );
}

#[test]
fn los_2_what_is_not_resold_counts_as_los_1_says() {
    let until = on("2026-07-15");
    let items = [Item::Claim { paid: yuan("5.00") }];
    // Without goods to resell, the loss is final at once.
    let sheet = final_loss(&items, &[], until, on("2026-06-15"), TERMS).unwrap();
    assert_eq!(sheet.amount(), Some(yuan("5.00")));
    let sold = lot(&[(100, "9.00", "2026-06-20")], None);
    let sheet = final_loss(&items, &[sold], until, on("2026-06-20"), TERMS).unwrap();
    assert_eq!(sheet.amount(), Some(yuan("105.00")));
    let nothing = final_loss(&[], &[], until, until, TERMS);
    assert_eq!(found(nothing), [(Code::Required, "items".to_owned())]);
}
