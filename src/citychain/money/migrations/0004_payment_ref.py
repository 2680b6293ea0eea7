from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("money", "0003_contact"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["ref", "id"], name="money_payment_ref"),
        ),
    ]
